//! Falco's codes of loading, with what they mean.

/// Written into results and asked for by scripts, so the names are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The file cannot be read, or is not text.
    FileRead,
    /// Not YAML.
    YamlParse,
    /// YAML, but not of the shape of rules.
    YamlValidate,
    /// A condition that cannot be read or compiled.
    CompileCondition,
    /// An output that cannot be read or compiled.
    CompileOutput,
    /// Items that do not fit each other, the engine or the plugins.
    Validate,
    /// An extension of the language.
    Extension,
    /// A source nobody provides.
    UnknownSource,
    /// A comparison with `<NA>`.
    UnsafeNaCheck,
    /// Too many event types could match.
    NoEventType,
    /// A field nobody provides, in a rule that allows that.
    UnknownFilter,
    /// A macro nobody uses.
    UnusedMacro,
    /// A list nobody uses.
    UnusedList,
    /// An item of an unknown kind.
    UnknownItem,
    /// Something that will go.
    DeprecatedItem,
    /// An extension of the language, with a warning.
    WarningExtension,
    /// An exception is appended to without values.
    AppendNoValues,
    /// Two exceptions of one name.
    ExceptionNameNotUnique,
    /// A name no condition can use.
    InvalidMacroName,
    /// A name no condition can use.
    InvalidListName,
    /// A condition that compiles and may not mean what it says.
    CompileConditionWarning,
    /// A key nobody reads.
    UnknownKey,
}

impl Code {
    /// As Falco writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileRead => "LOAD_ERR_FILE_READ",
            Self::YamlParse => "LOAD_ERR_YAML_PARSE",
            Self::YamlValidate => "LOAD_ERR_YAML_VALIDATE",
            Self::CompileCondition => "LOAD_ERR_COMPILE_CONDITION",
            Self::CompileOutput => "LOAD_ERR_COMPILE_OUTPUT",
            Self::Validate => "LOAD_ERR_VALIDATE",
            Self::Extension => "LOAD_ERR_EXTENSION",
            Self::UnknownSource => "LOAD_UNKNOWN_SOURCE",
            Self::UnsafeNaCheck => "LOAD_UNSAFE_NA_CHECK",
            Self::NoEventType => "LOAD_NO_EVTTYPE",
            Self::UnknownFilter => "LOAD_UNKNOWN_FILTER",
            Self::UnusedMacro => "LOAD_UNUSED_MACRO",
            Self::UnusedList => "LOAD_UNUSED_LIST",
            Self::UnknownItem => "LOAD_UNKNOWN_ITEM",
            Self::DeprecatedItem => "LOAD_DEPRECATED_ITEM",
            Self::WarningExtension => "LOAD_WARNING_EXTENSION",
            Self::AppendNoValues => "LOAD_APPEND_NO_VALUES",
            Self::ExceptionNameNotUnique => "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
            Self::InvalidMacroName => "LOAD_INVALID_MACRO_NAME",
            Self::InvalidListName => "LOAD_INVALID_LIST_NAME",
            Self::CompileConditionWarning => "LOAD_COMPILE_CONDITION",
            Self::UnknownKey => "LOAD_UNKNOWN_KEY",
        }
    }

    /// Whether a file with it cannot be used.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(
            self,
            Self::FileRead
                | Self::YamlParse
                | Self::YamlValidate
                | Self::CompileCondition
                | Self::CompileOutput
                | Self::Validate
                | Self::Extension
        )
    }

    /// What the code says in general, for results and the reader.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::FileRead => "The rules file cannot be read",
            Self::YamlParse => "The rules file is not YAML",
            Self::YamlValidate => "The rules file does not have the shape of rules",
            Self::CompileCondition => "The condition does not compile",
            Self::CompileOutput => "The output does not compile",
            Self::Validate => "The rules do not fit each other or the engine",
            Self::Extension => "An extension of the rules language is at fault",
            Self::UnknownSource => "No loaded source provides events for the rule; it is skipped",
            Self::UnsafeNaCheck => "A comparison with <NA> never matches; use 'exists'",
            Self::NoEventType => {
                "The condition does not narrow the types of events, so it is evaluated for too many"
            }
            Self::UnknownFilter => "The rule reads a field nobody provides; it is skipped",
            Self::UnusedMacro => "No rule and no macro uses the macro",
            Self::UnusedList => "No rule, macro or list uses the list",
            Self::UnknownItem => "The item is of an unknown kind; it is ignored",
            Self::DeprecatedItem => "The item uses something that is out of use",
            Self::WarningExtension => "An extension of the rules language has a warning",
            Self::AppendNoValues => {
                "Values were to be appended to an exception, but there are none"
            }
            Self::ExceptionNameNotUnique => "Two exceptions of a rule have the same name",
            Self::InvalidMacroName => "No condition can use a macro of this name",
            Self::InvalidListName => "No condition can use a list of this name",
            Self::CompileConditionWarning => {
                "The condition compiles, but may not mean what it says"
            }
            Self::UnknownKey => {
                "Nothing reads the key; it may be misspelt or belong to another item"
            }
        }
    }
}
