//! The container a traced step is taken to be in: a job's container cannot be asked from inside what it is called.
//! Knows how names of images are put together. Answers `container.*` for `recipe`.

use super::recipe::Constant;

/// How many digits of an id `container.id` shows.
const SHORT: usize = 12;

/// A container, and what rules ask of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// `container.name`.
    pub name: String,
    /// `container.full_id`: 64 digits, or the name where no id is known.
    pub id: String,
    /// `container.image`: `registry:port/repository:tag@digest`, of which all but the repository may be missing.
    pub image: Option<String>,
    /// `container.privileged`.
    pub privileged: bool,
}

impl Container {
    /// By its name or the 64 digits of its id. It is not privileged.
    #[must_use]
    pub fn new(name: &str, image: Option<&str>) -> Self {
        let (id, image) = (name.to_owned(), image.map(str::to_owned));
        let name = if is_id(name) { &name[..SHORT] } else { name };
        Self { name: name.to_owned(), id, image, privileged: false }
    }

    /// `container.id`.
    #[must_use]
    pub fn short_id(&self) -> &str {
        if is_id(&self.id) { &self.id[..SHORT] } else { &self.id }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What every event has for a field. Outside of any container the id and the name are `host`, and nothing else is known.
pub(super) fn field(name: &str, container: Option<&Container>) -> Option<Constant> {
    let text = |text: &str| Some(Constant::Text(text.into()));
    let Some(container) = container else {
        return match name {
            "container.id" | "container.name" | "container.type" => text("host"),
            _ => None,
        };
    };
    let image = container.image.as_deref().map(ImageName::of);
    match name {
        "container.id" => text(container.short_id()),
        "container.full_id" => text(&container.id),
        "container.name" => text(&container.name),
        "container.image" => text(container.image.as_deref()?),
        "container.image.repository" => text(image?.repository),
        "container.image.tag" => text(image?.tag?),
        "container.image.digest" => text(image?.digest?),
        "container.privileged" => Some(Constant::Truth(container.privileged)),
        _ => None,
    }
}

/// The parts of an image's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ImageName<'a> {
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> ImageName<'a> {
    /// The tag is behind the last colon, unless that is of the registry's port.
    fn of(image: &'a str) -> Self {
        let (image, digest) = match image.split_once('@') {
            Some((image, digest)) => (image, Some(digest)),
            None => (image, None),
        };
        match image.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => {
                Self { repository, tag: Some(tag), digest }
            }
            _ => Self { repository: image, tag: None, digest },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Container, ImageName};

    #[test]
    fn a_port_of_a_registry_is_no_tag() {
        let parts = |image| {
            let ImageName { repository, tag, digest } = ImageName::of(image);
            (repository, tag, digest)
        };
        assert_eq!(parts("localhost:5000/build"), ("localhost:5000/build", None, None));
        assert_eq!(parts("localhost:5000/build:7"), ("localhost:5000/build", Some("7"), None));
        assert_eq!(parts("build@sha256:ab"), ("build", None, Some("sha256:ab")));
        assert_eq!(parts("build:7@sha256:ab"), ("build", Some("7"), Some("sha256:ab")));
    }

    #[test]
    fn only_64_digits_are_an_id_that_is_shortened() {
        let id = "0123456789abcdef".repeat(4);
        let (known, named) = (Container::new(&id, None), Container::new("build", None));
        assert_eq!(
            (known.short_id(), &*known.name, &known.id),
            ("0123456789ab", "0123456789ab", &id)
        );
        assert_eq!((named.short_id(), &*named.name, &*named.id), ("build", "build", "build"));
    }
}
