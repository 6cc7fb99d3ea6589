# Refuses a capture by limits of its own for each cluster, and one of a cluster without limits.
#
# Attestation: https://aflock.ai/attestations/falco/v0.1
# cilock writes the cluster as `cluster_name`, the published page calls it `cluster`; Lanner writes both. It comes from
# FALCO_CLUSTER_NAME where the capture was attested, so it is as trustworthy as the signer.
package falco.cluster

# Edit: how many events of each priority a cluster may have. A priority that is not named may have any number.
limits := {
	"prod": {"emergency": 0, "alert": 0, "critical": 0, "error": 0, "warning": 0},
	"staging": {"emergency": 0, "alert": 0, "critical": 0, "warning": 10},
}

names[name] {
	name := input.cluster_name
	name != ""
}

names[name] {
	name := input.cluster
	name != ""
}

events_of(priority) = n {
	n := input.summary.priorities[priority]
} else = 0 {
	true
}

deny[msg] {
	names[name]
	limit := limits[name][priority]
	n := events_of(priority)
	n > limit
	msg := sprintf("%d events of priority %s in cluster %s, allowed are %d", [n, priority, name, limit])
}

deny[msg] {
	names[name]
	not limits[name]
	msg := sprintf("no limits are set for cluster %v", [name])
}

deny[msg] {
	count(names) == 0
	msg := "the falco attestation names no cluster"
}

deny[msg] {
	count(names) > 1
	msg := sprintf("the falco attestation names two clusters: %v", [names])
}

# A rule of its own: `not is_object(x)` says nothing when there is no x.
summarised {
	is_object(input.summary.priorities)
}

deny[msg] {
	not summarised
	msg := "the falco attestation has no summary of priorities"
}

deny[msg] {
	n := input.summary.priorities[priority]
	not is_number(n)
	msg := sprintf("the number of events of priority %s is no number", [priority])
}
