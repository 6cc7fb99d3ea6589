//! Fields of `CloudTrail` records.
//! Read by `cloudtrail`.

use lanner_rules::{Field, FieldType};

use super::entry::{INDEX, field};

/// In the order `falco --list` has; the last are not listed there.
pub(crate) const FIELDS: &[Field] = &[
    field("ct.id", FieldType::CharBuf, "The id of the event.").build(),
    field("ct.error", FieldType::CharBuf, "The code of the error, when there was one.").build(),
    field("ct.errormessage", FieldType::CharBuf, "What the error was.").build(),
    field("ct.src", FieldType::CharBuf, "The service: ec2.amazonaws.com.").build(),
    field("ct.shortsrc", FieldType::CharBuf, "The service without amazonaws.com.").build(),
    field("ct.name", FieldType::CharBuf, "The call: RunInstances.").build(),
    field(
        "ct.user",
        FieldType::CharBuf,
        "Who made the call: a user, the issuer of a role, or the type of identity.",
    )
    .build(),
    field(
        "ct.originaluser",
        FieldType::CharBuf,
        "Who it was before taking a role, as far as the session tells.",
    )
    .build(),
    field("ct.user.accountid", FieldType::CharBuf, "The account of who made the call.").build(),
    field(
        "ct.user.identitytype",
        FieldType::CharBuf,
        "The type of identity: Root, IAMUser, AssumedRole, AWSService.",
    )
    .build(),
    field("ct.user.principalid", FieldType::CharBuf, "The unique id of who made the call.").build(),
    field("ct.user.arn", FieldType::CharBuf, "The resource name of who made the call.").build(),
    field("ct.region", FieldType::CharBuf, "The region.").build(),
    field("ct.response.subnetid", FieldType::CharBuf, "The subnet in the response.").build(),
    field("ct.response.reservationid", FieldType::CharBuf, "The reservation in the response.")
        .build(),
    field("ct.response", FieldType::CharBuf, "All of the response as JSON.").build(),
    field("ct.request.availabilityzone", FieldType::CharBuf, "The zone in the request.").build(),
    field("ct.request.cluster", FieldType::CharBuf, "The cluster in the request.").build(),
    field("ct.request.functionname", FieldType::CharBuf, "The function in the request.").build(),
    field("ct.request.groupname", FieldType::CharBuf, "The group in the request.").build(),
    field("ct.request.host", FieldType::CharBuf, "The host in the request.").build(),
    field("ct.request.name", FieldType::CharBuf, "The name in the request.").build(),
    field("ct.request.policy", FieldType::CharBuf, "The policy in the request.").build(),
    field("ct.request.reason", FieldType::CharBuf, "The reason in the request.").build(),
    field("ct.request.target", FieldType::CharBuf, "The target in the request.").build(),
    field("ct.request.documentname", FieldType::CharBuf, "The document in the request.").build(),
    field("ct.request.serialnumber", FieldType::CharBuf, "The serial number in the request.")
        .build(),
    field("ct.request.servicename", FieldType::CharBuf, "The service in the request.").build(),
    field("ct.request.subnetid", FieldType::CharBuf, "The subnet in the request.").build(),
    field("ct.request.taskdefinition", FieldType::CharBuf, "The task definition in the request.")
        .build(),
    field("ct.request.username", FieldType::CharBuf, "The user in the request.").build(),
    field("ct.request", FieldType::CharBuf, "All of the request as JSON.").build(),
    field("ct.srcip", FieldType::CharBuf, "Where the call came from: an address or a service.")
        .build(),
    field("ct.useragent", FieldType::CharBuf, "The caller's program.").build(),
    field("ct.info", FieldType::CharBuf, "The event in one line: who, from where, what, on what.")
        .build(),
    field("ct.managementevent", FieldType::CharBuf, "Whether it is a management event.").build(),
    field("ct.readonly", FieldType::CharBuf, "Whether it only reads.").build(),
    field("ct.requestid", FieldType::CharBuf, "The id of the request.").build(),
    field("ct.eventtype", FieldType::CharBuf, "The type of the event: AwsApiCall.").build(),
    field("ct.apiversion", FieldType::CharBuf, "The version of the service's API.").build(),
    field("ct.resources", FieldType::CharBuf, "The resources touched, each as JSON.").build(),
    field("ct.recipientaccountid", FieldType::CharBuf, "The account that got the event.").build(),
    field("ct.serviceeventdetails", FieldType::CharBuf, "What a service says of its own event.")
        .build(),
    field("ct.sharedeventid", FieldType::CharBuf, "The id that all accounts of one action share.")
        .build(),
    field(
        "ct.vpcendpointid",
        FieldType::CharBuf,
        "The endpoint of a private network the call went through.",
    )
    .build(),
    field("ct.eventcategory", FieldType::CharBuf, "The category of the event.").build(),
    field("ct.addendum.reason", FieldType::CharBuf, "Why the event was delayed or changed.")
        .build(),
    field("ct.addendum.updatedfields", FieldType::CharBuf, "What was changed later.").build(),
    field(
        "ct.addendum.originalrequestid",
        FieldType::CharBuf,
        "The id of the request before the change.",
    )
    .build(),
    field(
        "ct.addendum.originaleventid",
        FieldType::CharBuf,
        "The id of the event before the change.",
    )
    .build(),
    field(
        "ct.sessioncredentialfromconsole",
        FieldType::CharBuf,
        "Whether the session came from the web console.",
    )
    .build(),
    field("ct.edgedevicedetails", FieldType::CharBuf, "What is known of an edge device.").build(),
    field("ct.tlsdetails.tlsversion", FieldType::CharBuf, "The version of TLS.").build(),
    field("ct.tlsdetails.ciphersuite", FieldType::CharBuf, "The ciphers of TLS.").build(),
    field(
        "ct.tlsdetails.clientprovidedhostheader",
        FieldType::CharBuf,
        "The host name the client asked for.",
    )
    .build(),
    field("ct.additionaleventdata", FieldType::CharBuf, "Further data as JSON.").build(),
    field("s3.uri", FieldType::CharBuf, "The object as s3://bucket/key.").build(),
    field("s3.bucket", FieldType::CharBuf, "The bucket.").build(),
    field("s3.key", FieldType::CharBuf, "The object's name in the bucket.").build(),
    field("s3.bytes", FieldType::Uint64, "Bytes moved, both ways.").build(),
    field("ec2.name", FieldType::CharBuf, "The name given to the new instance.").build(),
    field("ec2.imageid", FieldType::CharBuf, "Kept for old rules: the first image.").build(),
    field("ec2.imageids", FieldType::CharBuf, "The images of the instances.")
        .takes(INDEX)
        .list()
        .build(),
    field("ecr.repository", FieldType::CharBuf, "The repository of the image.").build(),
    field("ecr.imagetag", FieldType::CharBuf, "The tag of the image.").build(),
    field("iam.role", FieldType::CharBuf, "The role.").build(),
    field("iam.policy", FieldType::CharBuf, "The policy.").build(),
    field("ct.time", FieldType::CharBuf, "When it happened, as the record says it.")
        .hidden()
        .build(),
    field("s3.bytes.in", FieldType::Uint64, "Bytes sent to the bucket.").hidden().build(),
    field("s3.bytes.out", FieldType::Uint64, "Bytes fetched from the bucket.").hidden().build(),
    field("s3.cnt.get", FieldType::Uint64, "1 when an object is fetched.").hidden().build(),
    field("s3.cnt.put", FieldType::Uint64, "1 when an object is stored.").hidden().build(),
    field("s3.cnt.other", FieldType::Uint64, "1 for every other call.").hidden().build(),
];
