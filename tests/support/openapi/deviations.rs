//! Where the real services break the published documents, as recorded. Whoever imitates them
//! must do the same, so these are no faults of a client or of an emulator.

use super::Violation;

/// One known way in which real traffic differs from the documents.
#[derive(Debug)]
pub struct Deviation {
    /// `request` or `response`.
    pub side: &'static str,
    /// The operation of the document.
    pub operation_id: &'static str,
    /// The pointer of the violation; `*` stands for any one segment.
    pub pointer: &'static str,
    /// A part of its message.
    pub message: &'static str,
    /// Why it is known to be so.
    pub reason: &'static str,
}

/// Every known deviation of the services themselves.
pub static DEVIATIONS: &[Deviation] = &[
    Deviation {
        side: "response",
        operation_id: "Subscriptions_List",
        pointer: "body/nextLink",
        message: "is required and missing",
        reason: "declared as required, and left out on the only page",
    },
    Deviation {
        side: "response",
        operation_id: "Tenants_List",
        pointer: "body/nextLink",
        message: "is required and missing",
        reason: "declared as required, and left out on the only page",
    },
];

impl Deviation {
    /// Whether it explains a violation.
    pub fn explains(&self, side: &str, operation_id: &str, violation: &Violation) -> bool {
        let mut wanted = self.pointer.split('/');
        let mut segments = violation.pointer.split('/');
        let same_place = loop {
            match (wanted.next(), segments.next()) {
                (None, None) => break true,
                (Some("*"), Some(_)) => {}
                (Some(wanted), Some(segment)) if wanted == segment => {}
                _ => break false,
            }
        };
        self.side == side
            && self.operation_id == operation_id
            && same_place
            && violation.message.contains(self.message)
    }
}
