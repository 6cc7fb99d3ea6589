//! What fields a source has: names, types, arguments. Tables of these are written in `crates/sources`; the compiler asks.

/// The type of a field's value, in Falco's words (`falco --list`).
#[expect(missing_docs, reason = "the plain numbers are what they are called")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text, of any bytes.
    CharBuf,
    /// Text that is an absolute path.
    FsPath,
    /// Bytes of an input or output.
    ByteBuf,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    /// A port number; compared with names of services too.
    Port,
    /// An address of either family.
    IpAddr,
    /// An address compared with networks.
    IpNet,
    /// Nanoseconds since 1970.
    AbsTime,
    /// Nanoseconds.
    RelTime,
    Double,
    /// The type depends on the argument (`evt.rawarg`).
    Dynamic,
}

/// What stands in the brackets after a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Nothing may.
    None,
    /// A number, a text, or either; `required` says whether the field means something without.
    Some {
        /// It may not be left out.
        required: bool,
        /// A number means something.
        index: bool,
        /// A text means something.
        key: bool,
    },
}

/// How a field may be used, apart from its type.
#[expect(clippy::struct_excessive_bools, reason = "independent marks of a table's row")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldFlags {
    /// A list of values of the type.
    pub list: bool,
    /// May not stand right of an operator: `val(field)` is refused.
    pub no_right_side: bool,
    /// Only in conditions, not in outputs.
    pub filter_only: bool,
    /// Told as out of use when loaded (`LOAD_DEPRECATED_ITEM`).
    pub deprecated: bool,
    /// Not listed by `fields`.
    pub hidden: bool,
    /// The argument may be written behind a dot: `evt.arg.name` is `evt.arg[name]`.
    pub dotted: bool,
    /// A name that no field has is this field's argument, brackets included: the fields of stored alerts are whatever rules wrote.
    pub any_name: bool,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// `ka.user.name`; dots belong to it.
    pub name: &'static str,
    /// Of its value, or of each when it is a list.
    pub kind: FieldType,
    /// What may stand in the brackets.
    pub argument: ArgumentKind,
    /// What else there is to say for a compiler.
    pub flags: FieldFlags,
    /// One or two sentences in our own words.
    pub description: &'static str,
}

/// Fields that are listed under one heading.
#[derive(Clone, Debug)]
pub struct FieldClass {
    /// `evt`, `k8saudit`.
    pub name: &'static str,
    /// What the fields have in common.
    pub description: &'static str,
    /// In the order they are listed.
    pub fields: &'static [Field],
}

/// All fields of a source. A field is known by its position when the classes are laid end to end.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// `k8s_audit`, `aws_cloudtrail`, `syscall`, `falco`.
    pub source: &'static str,
    /// In the order they are listed.
    pub classes: Vec<FieldClass>,
}

impl Catalog {
    /// The fields with their positions, in the order they are listed.
    pub fn fields(&self) -> impl Iterator<Item = (u16, &'static Field)> + '_ {
        (0..).zip(self.classes.iter().flat_map(|class| class.fields))
    }

    /// The field of that very name with its position; a linear search, [`Compiler`](crate::Compiler) keeps an index.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(u16, &'static Field)> {
        self.fields().find(|(_, field)| field.name == name)
    }
}
