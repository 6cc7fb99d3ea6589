//! Which JSON a `CloudTrail` field is made of, decided once when a program is made ready.

use super::Transfer;
use super::identity::IdentityPaths;
use super::summary::SummaryPaths;
use crate::json::{PathId, Paths};

/// How a value is made.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    Text(PathId),
    Json(PathId),
    ShortSource(PathId),
    User(Box<IdentityPaths>),
    OriginalUser(Box<IdentityPaths>),
    Either(PathId, PathId),
    Truth(PathId),
    Resources(PathId),
    Info(Box<SummaryPaths>),
    PluginInfo(Box<SummaryPaths>),
    Uri { bucket: PathId, key: PathId },
    Bytes(Transfer),
    Count { name: PathId, counted: Counted },
    InstanceName(PathId),
    ImageIds { response: PathId, request: [PathId; 3], index: Option<usize> },
    ImageId { response: PathId, request: [PathId; 3] },
    Nothing,
}

/// Which calls count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Get,
    Put,
    Other,
}

impl Counted {
    pub(super) fn is(self, name: &[u8]) -> bool {
        match self {
            Self::Get => name == b"GetObject",
            Self::Put => name == b"PutObject",
            Self::Other => !matches!(name, b"GetObject" | b"PutObject"),
        }
    }
}

/// Fields that are the text at one path.
const TEXTS: [(&str, &[&str]); 51] = [
    ("ct.id", &["eventID"]),
    ("ct.error", &["errorCode"]),
    ("ct.errormessage", &["errorMessage"]),
    ("ct.time", &["eventTime"]),
    ("ct.src", &["eventSource"]),
    ("ct.name", &["eventName"]),
    ("ct.user.identitytype", &["userIdentity", "type"]),
    ("ct.user.principalid", &["userIdentity", "principalId"]),
    ("ct.user.arn", &["userIdentity", "arn"]),
    ("ct.region", &["awsRegion"]),
    ("ct.response.subnetid", &["responseElements", "subnetId"]),
    ("ct.response.reservationid", &["responseElements", "reservationId"]),
    ("ct.request.availabilityzone", &["requestParameters", "availabilityZone"]),
    ("ct.request.cluster", &["requestParameters", "cluster"]),
    ("ct.request.functionname", &["requestParameters", "functionName"]),
    ("ct.request.groupname", &["requestParameters", "groupName"]),
    ("ct.request.host", &["requestParameters", "Host"]),
    ("ct.request.name", &["requestParameters", "name"]),
    ("ct.request.policy", &["requestParameters", "policy"]),
    ("ct.request.reason", &["requestParameters", "reason"]),
    ("ct.request.target", &["requestParameters", "target"]),
    ("ct.request.serialnumber", &["requestParameters", "serialNumber"]),
    ("ct.request.servicename", &["requestParameters", "serviceName"]),
    ("ct.request.subnetid", &["requestParameters", "subnetId"]),
    ("ct.request.taskdefinition", &["requestParameters", "taskDefinition"]),
    ("ct.request.username", &["requestParameters", "userName"]),
    ("ct.srcip", &["sourceIPAddress"]),
    ("ct.useragent", &["userAgent"]),
    ("ct.requestid", &["requestID"]),
    ("ct.eventtype", &["eventType"]),
    ("ct.apiversion", &["apiVersion"]),
    ("ct.recipientaccountid", &["recipientAccountId"]),
    ("ct.serviceeventdetails", &["serviceEventDetails"]),
    ("ct.sharedeventid", &["sharedEventID"]),
    ("ct.vpcendpointid", &["vpcEndpointId"]),
    ("ct.eventcategory", &["eventCategory"]),
    ("ct.addendum.reason", &["addendum", "reason"]),
    ("ct.addendum.updatedfields", &["addendum", "updatedFields"]),
    ("ct.addendum.originalrequestid", &["addendum", "originalRequestID"]),
    ("ct.addendum.originaleventid", &["addendum", "originalEventID"]),
    ("ct.edgedevicedetails", &["edgeDeviceDetails"]),
    ("ct.tlsdetails.tlsversion", &["tlsDetails", "tlsVersion"]),
    ("ct.tlsdetails.ciphersuite", &["tlsDetails", "cipherSuite"]),
    ("ct.tlsdetails.clientprovidedhostheader", &["tlsDetails", "clientProvidedHostHeader"]),
    ("s3.bucket", &["requestParameters", "bucketName"]),
    ("s3.key", &["requestParameters", "key"]),
    ("ecr.repository", &["requestParameters", "repositoryName"]),
    ("ecr.imagetag", &["requestParameters", "imageTag"]),
    ("iam.role", &["requestParameters", "roleName"]),
    ("iam.policy", &["requestParameters", "policyName"]),
    ("ct.request.documentname", &["requestParameters", "documentName"]),
];

pub(crate) fn recipe(
    name: &str,
    argument: Option<&str>,
    paths: &mut Paths,
    compat: bool,
) -> Option<Recipe> {
    if compat && name == "ct.request.documentname" {
        return Some(Recipe::Nothing);
    }
    if let Some((_, path)) = TEXTS.iter().find(|(field, _)| *field == name) {
        return Some(Recipe::Text(paths.add(path)));
    }
    let images = |paths: &mut Paths| {
        let response = paths.add(&["responseElements", "instancesSet", "items"]);
        let request = [
            paths.add(&["requestParameters", "imageId"]),
            paths.add(&[
                "requestParameters",
                "DescribeFastLaunchImagesRequest",
                "ImageId",
                "content",
            ]),
            paths.add(&["requestParameters", "launchSpecification", "imageId"]),
        ];
        (response, request)
    };
    Some(match name {
        "ct.shortsrc" => Recipe::ShortSource(paths.add(&["eventSource"])),
        "ct.user" => Recipe::User(Box::new(IdentityPaths::new(paths))),
        "ct.originaluser" => Recipe::OriginalUser(Box::new(IdentityPaths::new(paths))),
        "ct.user.accountid" => Recipe::Either(
            paths.add(&["userIdentity", "accountId"]),
            paths.add(&["recipientAccountId"]),
        ),
        "ct.response" => Recipe::Json(paths.add(&["responseElements"])),
        "ct.request" => Recipe::Json(paths.add(&["requestParameters"])),
        "ct.additionaleventdata" => Recipe::Json(paths.add(&["additionalEventData"])),
        "ct.managementevent" => Recipe::Truth(paths.add(&["managementEvent"])),
        "ct.readonly" => Recipe::Truth(paths.add(&["readOnly"])),
        "ct.sessioncredentialfromconsole" => {
            Recipe::Truth(paths.add(&["sessionCredentialFromConsole"]))
        }
        "ct.resources" => Recipe::Resources(paths.add(&["resources"])),
        "ct.info" => Recipe::Info(Box::new(SummaryPaths::new(paths))),
        "s3.uri" => Recipe::Uri {
            bucket: paths.add(&["requestParameters", "bucketName"]),
            key: paths.add(&["requestParameters", "key"]),
        },
        "s3.bytes" => Recipe::Bytes(transfer(paths)),
        "s3.bytes.in" => Recipe::Bytes(Transfer { out: None, ..transfer(paths) }),
        "s3.bytes.out" => Recipe::Bytes(Transfer { into: None, ..transfer(paths) }),
        "s3.cnt.get" => count(paths, Counted::Get),
        "s3.cnt.put" => count(paths, Counted::Put),
        "s3.cnt.other" => count(paths, Counted::Other),
        "ec2.name" => {
            Recipe::InstanceName(paths.add(&["requestParameters", "tagSpecificationSet", "items"]))
        }
        "ec2.imageids" => {
            let (response, request) = images(paths);
            Recipe::ImageIds {
                response,
                request,
                index: argument.and_then(|argument| argument.parse().ok()),
            }
        }
        "ec2.imageid" => {
            let (response, request) = images(paths);
            Recipe::ImageId { response, request }
        }
        _ => return None,
    })
}

/// `evt.plugininfo` of a record.
pub(crate) fn plugin_info(paths: &mut Paths) -> Recipe {
    Recipe::PluginInfo(Box::new(SummaryPaths::new(paths)))
}

pub(super) fn transfer(paths: &mut Paths) -> Transfer {
    Transfer {
        into: Some(paths.add(&["additionalEventData", "bytesTransferredIn"])),
        out: Some(paths.add(&["additionalEventData", "bytesTransferredOut"])),
    }
}

fn count(paths: &mut Paths, counted: Counted) -> Recipe {
    Recipe::Count { name: paths.add(&["eventName"]), counted }
}
