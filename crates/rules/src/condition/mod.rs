//! The text of a condition: read into a tree, and written again.
//! Knows neither lists (replaced in the text before) nor fields (checked by the compiler after). Used by `load`.

mod operand;
mod parser;
mod print;
mod scanner;
mod syntax;
mod value;

pub use parser::{MAX_DEPTH, parse, parse_with_names};
pub use print::{compiled, exact};
pub use scanner::TextPosition;
pub use syntax::{SyntaxError, SyntaxErrorKind};

pub(crate) use parser::parse_operand;
pub(crate) use scanner::is_identifier;
