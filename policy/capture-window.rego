# Refuses a capture whose last event is older than allowed, or from the future.
#
# Attestation: https://aflock.ai/attestations/falco/v0.1
# The times are those of the events, as Falco wrote them. A capture without events has no window: whether an empty one may
# pass is for you to say.
package falco.capture_window

# Edit: the greatest age of the last event, and how far clocks may differ.
max_age := "24h"

max_ahead := "5m"

# Edit: true lets a capture without events pass.
allow_empty := false

end := time.parse_rfc3339_ns(input.summary.window_end)

deny[msg] {
	time.now_ns() - end > time.parse_duration_ns(max_age)
	msg := sprintf("the last event is of %s, older than %s", [input.summary.window_end, max_age])
}

deny[msg] {
	end - time.now_ns() > time.parse_duration_ns(max_ahead)
	msg := sprintf("the last event is of %s, which is yet to come", [input.summary.window_end])
}

deny[msg] {
	not input.summary.window_end
	not empty_allowed
	msg := "the falco attestation has no window of time"
}

empty_allowed {
	allow_empty
	input.summary.total_events == 0
}
