//! What a program asks of a source, made ready once: which paths a walk looks for and how each slot's value comes of them.
//! Reads no event. Shared by all threads.

use lanner_rules::{Field, FieldUse};

use crate::json::Paths;
use crate::source::Source;
use crate::syscall::Container;
use crate::{catalog, cloudtrail, generic, k8s_audit, stored_alert, syscall};

/// How values are read.
#[derive(Clone, Debug, Default)]
pub struct ExtractOptions {
    /// As Falco reads them, its mistakes included: client addresses, effective users, registries with ports, document names,
    /// text that holds a NUL.
    pub compat: bool,
    /// What `evt.hostname` says.
    pub hostname: String,
    /// Seconds east of UTC of the local times.
    pub utc_offset: i32,
    /// The container that a traced step is taken to be in; none: it ran on the host.
    pub container: Option<Container>,
}

/// How one slot's value is made.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    Generic(generic::Recipe),
    K8sAudit(k8s_audit::Recipe),
    CloudTrail(cloudtrail::Recipe),
    StoredAlert(stored_alert::Recipe),
    Syscall(syscall::Recipe),
    /// The field has no value in this source.
    Nothing,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) source: Source,
    pub(crate) options: ExtractOptions,
    pub(crate) paths: Paths,
    pub(crate) slots: Vec<Recipe>,
    pub(crate) frame: Frame,
    /// A value depends on how many events came before, or on when the first was.
    pub(crate) needs_order: bool,
}

/// The paths that tell what a document is and when it was, whatever the rules ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// `kind`, `eventType`, `rule`, `evt.type`.
    pub(crate) kind: crate::json::PathId,
    pub(crate) time: crate::json::PathId,
    /// `auditID`, `eventID`.
    pub(crate) id: crate::json::PathId,
    /// `stage`.
    pub(crate) stage: crate::json::PathId,
    /// The array of a document that holds many: `items`, `Records`, `Events`.
    pub(crate) many: [crate::json::PathId; 2],
    /// `CloudTrailEvent`: a record as text.
    pub(crate) wrapped: crate::json::PathId,
}

impl Plan {
    /// Makes ready to answer `fields`, whose positions are those of [`catalog`](crate::catalog()).
    #[must_use]
    pub fn new(source: Source, fields: &[FieldUse], options: ExtractOptions) -> Self {
        let catalog = catalog::catalog(source);
        let known: Vec<&Field> = catalog.fields().map(|(_, field)| field).collect();
        let mut paths = Paths::default();
        let frame = frame(source, &mut paths);
        let slots: Vec<Recipe> = fields
            .iter()
            .map(|usage| {
                let field = known.get(usage.field as usize)?;
                recipe(source, field, usage.argument.as_deref(), &mut paths, &options)
            })
            .map(|recipe| recipe.unwrap_or(Recipe::Nothing))
            .collect();
        let needs_order = slots.iter().any(Recipe::needs_order);
        Self { source, options, paths, slots, frame, needs_order }
    }

    /// The source it is for.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }
}

impl Recipe {
    fn needs_order(&self) -> bool {
        match self {
            Self::Generic(recipe)
            | Self::StoredAlert(stored_alert::Recipe::Kept { otherwise: recipe, .. }) => {
                recipe.needs_order()
            }
            _ => false,
        }
    }
}

fn recipe(
    source: Source,
    field: &Field,
    argument: Option<&str>,
    paths: &mut Paths,
    options: &ExtractOptions,
) -> Option<Recipe> {
    let name = field.name;
    match source {
        Source::CloudTrail if name == "evt.plugininfo" => {
            return Some(Recipe::CloudTrail(cloudtrail::plugin_info(paths)));
        }
        // A saved event knows its number.
        Source::Syscall if name == "evt.num" => {}
        Source::StoredAlert => {
            let generic = generic::recipe(name, argument, paths);
            return match generic {
                Some(otherwise) => {
                    Some(stored_alert::kept(name, argument, field.kind, paths, otherwise))
                }
                None => stored_alert::recipe(name, argument, paths),
            }
            .map(Recipe::StoredAlert);
        }
        _ => {
            if let Some(recipe) = generic::recipe(name, argument, paths) {
                return Some(Recipe::Generic(recipe));
            }
        }
    }
    match source {
        Source::K8sAudit => {
            k8s_audit::recipe(name, argument, paths, options.compat).map(Recipe::K8sAudit)
        }
        Source::CloudTrail => {
            cloudtrail::recipe(name, argument, paths, options.compat).map(Recipe::CloudTrail)
        }
        Source::StoredAlert => None,
        Source::Syscall => {
            syscall::recipe(name, argument, field.kind, paths, options.container.as_ref())
                .map(Recipe::Syscall)
        }
    }
}

fn frame(source: Source, paths: &mut Paths) -> Frame {
    let [kind, time, id, stage, first, second, wrapped] = match source {
        Source::K8sAudit => {
            ["kind", "stageTimestamp", "auditID", "stage", "items", "items", "CloudTrailEvent"]
        }
        Source::CloudTrail => {
            ["eventType", "eventTime", "eventID", "eventID", "Records", "Events", "CloudTrailEvent"]
        }
        Source::StoredAlert => {
            ["rule", "time", "uuid", "uuid", "events", "events", "CloudTrailEvent"]
        }
        Source::Syscall => {
            ["evt.type", "evt.time", "evt.num", "evt.num", "events", "events", "CloudTrailEvent"]
        }
    }
    .map(|name| paths.add(&[name]));
    Frame { kind, time, id, stage, many: [first, second], wrapped }
}
