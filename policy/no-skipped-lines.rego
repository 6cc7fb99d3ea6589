# Refuses a capture of which any line was not understood, cut off or changed while it was read.
#
# Attestation: https://aflock.ai/attestations/falco/v0.1
# Only Lanner says what it skipped. cilock drops such lines unseen and shows a policy no field that would tell, so its
# attestations are refused here.
package falco.no_skipped_lines

# A rule of its own: `not is_object(x)` says nothing when there is no x.
told {
	is_object(input.skipped_lines)
}

deny[msg] {
	not told
	msg := "the falco attestation does not say which lines were skipped"
}

deny[msg] {
	skipped := input.skipped_lines[reason]
	msg := sprintf("%v lines were skipped: %s", [object.get(skipped, "count", "some"), reason])
}

deny[msg] {
	input.truncated_last_line
	msg := "the last line of the capture is cut off"
}

deny[msg] {
	input.changed_while_read
	msg := "the capture changed while it was read"
}
