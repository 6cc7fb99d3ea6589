//! What Falco's plugins read wrongly is read rightly, unless compatibility is asked for.

use lanner_sources::{Layout, Source};
use serde_json::{Value, json};

use crate::values;

/// A field of an event, as we read it and as Falco does.
fn both(source: Source, event: &Value, field: &str) -> [Option<Value>; 2] {
    [false, true].map(|compat| {
        let text = event.to_string().into_bytes();
        let (mut events, skipped) =
            values::values(source, text, Layout::Lines, &[field.to_owned()], compat);
        assert_eq!((events.len(), skipped.total()), (1, 0));
        events.remove(0).remove(0)
    })
}

#[test]
fn mistakes_of_the_audit_plugin_are_mended() {
    let event = json!({
        "kind": "Event", "auditID": "1", "stageTimestamp": "2026-01-01T00:00:00Z", "verb": "ge\u{0}t",
        "sourceIPs": ["10.0.0.1", "10.0.0.2"],
        "requestObject": {"spec": {
            "securityContext": {"runAsUser": 7, "runAsGroup": 8},
            "ports": [{"port": 80}, {"port": 81}],
            "containers": [
                {"name": "a", "image": "r.example:5000/a:1@sha256:00", "securityContext": {"runAsUser": 9}},
                {"name": "b", "image": "b"}
            ]
        }}
    });
    for (field, ours, falcos) in [
        ("ka.sourceips", Some(json!(["10.0.0.1", "10.0.0.2"])), None),
        ("ka.sourceips[1]", Some(json!(["10.0.0.2"])), None),
        ("ka.req.pod.containers.eff_run_as_user", Some(json!(["9", "7"])), Some(json!(["0", "0"]))),
        ("ka.req.pod.containers.eff_run_as_user[1]", Some(json!(["7"])), None),
        (
            "ka.req.pod.containers.eff_run_as_group",
            Some(json!(["8", "8"])),
            Some(json!(["0", "0"])),
        ),
        (
            "ka.req.pod.containers.image.repository",
            Some(json!(["r.example:5000/a", "b"])),
            Some(json!(["r.example", "b"])),
        ),
        (
            "ka.req.service.ports[1]",
            Some(json!([r#"{"port":81}"#])),
            Some(json!([r#"[{"port":80},{"port":81}]"#])),
        ),
        ("ka.verb", Some(json!("ge\u{0}t")), Some(json!("ge"))),
    ] {
        assert_eq!(both(Source::K8sAudit, &event, field), [ours, falcos], "{field}");
    }
}

#[test]
fn mistakes_of_the_cloudtrail_plugin_are_mended() {
    let record = json!({
        "eventID": "1", "eventType": "AwsApiCall", "eventTime": "2026-01-01T00:00:00Z", "eventName": "GetObject",
        "requestParameters": {"documentName": "AWS-RunShellScript", "reason": 7},
        "additionalEventData": {"bytesTransferredIn": 10, "bytesTransferredOut": 2.9}
    });
    let field = "ct.request.documentname";
    assert_eq!(both(Source::CloudTrail, &record, field), [Some(json!("AWS-RunShellScript")), None]);
    for (field, value) in [
        ("s3.bytes", Some(json!(12))),
        ("s3.bytes.out", Some(json!(2))),
        ("s3.cnt.get", Some(json!(1))),
        ("s3.cnt.put", None),
        ("ct.request.reason", Some(json!(""))),
        ("ct.time", Some(json!("2026-01-01T00:00:00Z"))),
    ] {
        assert_eq!(both(Source::CloudTrail, &record, field), [value.clone(), value], "{field}");
    }
}
