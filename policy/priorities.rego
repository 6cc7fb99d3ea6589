# Refuses a capture that has more events of a priority than allowed.
#
# Attestation: https://aflock.ai/attestations/falco/v0.1
# A priority without events is absent from `summary.priorities`, not 0; `events_of` is what makes it 0.
package falco.priorities

# Edit: how many events a priority may have. One that is not named may have any number.
allowed := {
	"emergency": 0,
	"alert": 0,
	"critical": 0,
	"error": 0,
}

events_of(priority) = n {
	n := input.summary.priorities[priority]
} else = 0 {
	true
}

deny[msg] {
	limit := allowed[priority]
	n := events_of(priority)
	n > limit
	msg := sprintf("%d events of priority %s, allowed are %d", [n, priority, limit])
}

# A rule of its own: `not is_object(x)` says nothing when there is no x.
summarised {
	is_object(input.summary.priorities)
}

# What can't be counted is not zero.
deny[msg] {
	not summarised
	msg := "the falco attestation has no summary of priorities"
}

deny[msg] {
	n := input.summary.priorities[priority]
	not is_number(n)
	msg := sprintf("the number of events of priority %s is no number", [priority])
}

# Events whose priority is none of Falco's eight are in no count.
deny[msg] {
	summarised
	counted := sum([n | n := input.summary.priorities[_]; is_number(n)])
	not counted == input.summary.total_events
	msg := sprintf("the priorities add up to %d events, which is not the total", [counted])
}
