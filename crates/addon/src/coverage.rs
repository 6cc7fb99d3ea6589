//! What a log lets rules see, as one job.
//! Opens the inputs; `lanner-sources` looks. Used by `rules`.

use lanner_sources::RuleBook;

use crate::detect::expanded;
use crate::detection_settings::DetectionSettings;
use crate::failure::Failure;
use crate::work::Cells;

pub(crate) fn look(
    book: &RuleBook,
    settings: &DetectionSettings,
    inputs: &[String],
    cells: &Cells,
) -> Result<String, Failure> {
    let source = settings.source()?;
    let rules = book.activate(source, &settings.options())?;
    let inputs = expanded(inputs, source)?;
    let extract = settings.extract();
    Ok(lanner_sources::coverage(inputs, &rules, source, extract, &cells.cancel, &cells.progress)?)
}
