//! Glob matching for names that are not paths: environment keys. The same engine as for product globs.
//! Matches whole names, `*` crosses `/`, as gobwas without separators does. Used by the environment attestor.

use lanner_tree::ProductGlobs;
use napi::Env;
use napi_derive::napi;

use crate::job::now;

/// For each name, whether any of the patterns matches all of it. Throws `ERR_TREE_GLOB` naming a pattern that is no glob.
#[napi(catch_unwind)]
pub fn match_globs(env: Env, patterns: Vec<String>, names: Vec<String>) -> napi::Result<Vec<bool>> {
    now(env, || {
        let globs = patterns
            .iter()
            .map(|pattern| ProductGlobs::new(pattern, ""))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(names.iter().map(|name| globs.iter().any(|glob| glob.accepts(name))).collect())
    })
}
