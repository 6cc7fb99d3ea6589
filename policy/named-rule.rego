# Refuses a capture in which one of the named Falco rules fired.
#
# Attestation: https://aflock.ai/attestations/falco/v0.1
package falco.named_rule

# Edit: the rules that must not have fired, spelled as Falco spells them.
forbidden := {
	"Read sensitive file untrusted",
	"Terminal shell in container",
}

deny[msg] {
	hit := input.summary.rule_hits[_]
	forbidden[hit.rule]
	not hit.count == 0
	msg := sprintf("rule %q fired %v times", [hit.rule, object.get(hit, "count", "some")])
}

# Rules of their own: `not is_number(x)` says nothing when there is no x.
counted {
	is_number(input.summary.total_events)
}

listed {
	is_array(input.summary.rule_hits)
}

deny[msg] {
	not counted
	msg := "the falco attestation has no summary"
}

# A summary that lists no rules says nothing about them, unless there were no events.
deny[msg] {
	not input.summary.total_events == 0
	not listed
	msg := "the falco attestation has events but lists no rules"
}
