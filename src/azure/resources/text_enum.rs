//! Enumerations as Azure sends them: open, without regard to case, unknown values kept as text.

/// Declares an enumeration whose values are texts on the wire. A value that is not in the list is kept
/// in `Other`, so that a newer service never makes a decoder fail.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$about])* $variant,)+
            /// A value that this version does not know, as Azure wrote it.
            Other(std::sync::Arc<str>),
        }

        impl $name {
            /// Reads a value without regard to case; never fails.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                $(if text.eq_ignore_ascii_case($text) { return Self::$variant; })+
                Self::Other(text.into())
            }

            /// The value in Azure's own spelling, or as it came when it is not known.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::parse(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::parse(&text))
            }
        }
    };
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    text_enum! {
        /// Two colours.
        Colour {
            /// Red.
            Red = "Red",
            /// Green.
            Green = "Green",
        }
    }

    #[test]
    fn reads_any_case_and_keeps_what_it_does_not_know() {
        assert_eq!(serde_json::from_str::<Colour>("\"rED\"").unwrap(), Colour::Red);
        let mauve: Colour = serde_json::from_str("\"Mauve\"").unwrap();
        assert_eq!(mauve.as_str(), "Mauve");
        assert_eq!(serde_json::to_string(&mauve).unwrap(), "\"Mauve\"");
        assert_eq!(Colour::Green.to_string(), "Green");
    }
}
