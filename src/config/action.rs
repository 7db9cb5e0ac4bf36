//! Everything a key can do, by name: one table that the key map, the palette, the footer and the
//! help overlay are made from.

use super::keymap::Context;

/// Under which heading the help shows an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is done with the workspace or row.
    Do,
    /// What is looked at.
    Look,
    /// How one moves.
    Move,
    /// The console itself.
    Console,
}

impl Group {
    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Do => "Do",
            Self::Look => "Look",
            Self::Move => "Move",
            Self::Console => "Console",
        }
    }
}

/// How an action is named and explained.
#[derive(Debug, Clone, Copy)]
pub struct ActionSpec {
    /// The action.
    pub action: Action,
    /// Its name in the settings file and behind `:`.
    pub name: &'static str,
    /// One or two words for the footer.
    pub short: &'static str,
    /// A line for help and palette.
    pub title: &'static str,
    /// Its heading.
    pub group: Group,
    /// Whether the palette offers it: plain movement is not worth a line there.
    pub in_palette: bool,
}

// The enum and its table are made of the same lines, so that no action is without its row.
macro_rules! actions {
    ($($action:ident $name:literal $short:literal $title:literal $group:ident $palette:literal;)*) => {
        /// What the operator asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $title] $action,)*
        }

        /// Every action, in the order in which help lists them.
        pub const ACTIONS: &[ActionSpec] = &[
            $(ActionSpec { action: Action::$action, name: $name, short: $short, title: $title,
                group: Group::$group, in_palette: $palette },)*
        ];
    };
}

actions! {
    Open "open" "open" "Open the row, or zoom the pane" Do false;
    Actions "actions" "actions" "Actions that fit the selection" Do true;
    Json "json" "JSON" "The resource as ARM returned it" Do true;
    Create "create" "set up" "Set up a workspace, or a dev/staging/prod set" Do true;
    Edit "edit" "edit" "Edit tags, names, image build compute; attach an identity or a registry" Do true;
    Grant "grant" "grant" "Grant a role on the workspace or on what belongs to it" Do true;
    Revoke "revoke" "revoke" "Revoke: remove the role of the row in the access pane" Do true;
    CopyAccess "copy_access" "copy access" "Copy access: give somebody what another one has" Do true;
    Persona "persona" "persona" "Persona: give somebody the roles that go with what they do" Do true;
    Activate "activate" "activate" "Activate an eligible role of your own" Do true;
    OpenPortal "open_portal" "portal" "Open in the Azure portal" Do true;
    OpenStudio "open_studio" "studio" "Open in Azure Machine Learning studio" Do true;
    CopyId "copy_id" "copy id" "Copy the id" Do true;
    CopyMenu "copy_menu" "copy" "Copy menu: name, id, principal, link, pane as text, CSV, JSON, Markdown" Do true;
    Save "save" "save" "Save the pane to a file" Do true;
    Refresh "refresh" "refresh" "Fetch this pane again" Do true;
    RefreshAll "refresh_all" "refresh all" "Fetch everything again" Do true;
    Review "review" "review" "What the form comes to: the plan with its requests" Do false;
    NextField "next_field" "next field" "Next field" Move false;
    PreviousField "previous_field" "field before" "Field before" Move false;
    NextStep "next_step" "next step" "Next step of the form" Move false;
    PreviousStep "previous_step" "step before" "Step before" Move false;
    Consequence "consequence" "what follows" "What follows from the choices" Look false;
    ToggleStep "toggle_step" "in or out" "Put an optional step of the plan in, or leave it out" Do false;
    TakeFile "take_file" "load" "Fill the form in from a plan file" Do false;
    Cancel "cancel" "cancel" "Cancel what runs under the cursor" Do false;
    BreakLine "break_line" "new line" "A new line in a field of several lines" Do false;
    Filter "filter" "filter" "Filter: words, 'exact, !not, column:value" Look true;
    Findings "findings" "findings" "Findings of the selection, with reason and remedy" Look true;
    Timeline "timeline" "changes" "What changed, and who did it: access, network, keys, settings" Look true;
    Mark "mark" "mark" "Mark the workspace, for storage access of several; or unmark it" Do false;
    StorageAccess "storage_access" "storage" "Storage access: what a switch would do, and its plan" Do true;
    Snapshot "snapshot" "snapshot" "Save a snapshot of access and settings" Look true;
    Compare "compare_snapshot" "compare" "Compare with a saved snapshot" Look true;
    Ask "ask" "who can" "Who can do something? What can somebody do, and why not?" Look true;
    ToggleMatrix "toggle_matrix" "matrix" "Access as a matrix of scopes, or as a table" Look true;
    GroupBy "group_by" "group by" "Group the matrix by principal, role or scope" Look true;
    ToggleTable "toggle_table" "table" "Tree, or one flat table" Look true;
    Sort "sort" "sort" "Sort by a column" Look true;
    Zoom "zoom" "zoom" "The pane on the whole screen" Look true;
    ExpandAll "expand_all" "unfold" "Open every branch" Look true;
    CollapseAll "collapse_all" "fold all" "Close every branch" Look true;
    NextMatch "next_match" "next" "Next match" Look false;
    PreviousMatch "previous_match" "previous" "Previous match" Look false;
    Up "up" "up" "One row up" Move false;
    Down "down" "down" "One row down" Move false;
    Left "left" "parent" "To the parent; to the pane on the left" Move false;
    Right "right" "child" "Into the branch; to the pane on the right" Move false;
    First "first" "first" "First row" Move false;
    Last "last" "last" "Last row" Move false;
    HalfPageUp "half_page_up" "half up" "Half a page up" Move false;
    HalfPageDown "half_page_down" "half down" "Half a page down" Move false;
    PageUp "page_up" "page up" "A page up" Move false;
    PageDown "page_down" "page down" "A page down" Move false;
    NextPane "next_pane" "next pane" "Next pane" Move false;
    PreviousPane "previous_pane" "previous pane" "Previous pane" Move false;
    Pane1 "pane_1" "workspaces" "Workspaces" Move true;
    PaneOverview "pane_overview" "overview" "Overview of the workspace" Move true;
    Pane2 "pane_2" "dependents" "Dependent resources" Move true;
    Pane3 "pane_3" "network" "Network isolation" Move true;
    Pane4 "pane_4" "access" "Access" Move true;
    Back "back" "back" "One rung back" Move false;
    JumpBack "jump_back" "jump back" "Back to where the selection was" Move true;
    JumpForward "jump_forward" "jump forward" "Forward again" Move true;
    Palette "palette" "command" "Any action or workspace by name" Console false;
    RequestLog "request_log" "requests" "Request log: what was sent, how long, what came back" Console true;
    Notifications "notifications" "notices" "Notifications and running operations" Console true;
    Changes "changes" "undo" "Undo: the journal of what was changed from here, each with its way back" Console true;
    Tenants "tenants" "tenant" "Switch the tenant" Console true;
    Themes "themes" "theme" "Choose the theme" Console true;
    Help "help" "help" "This screen's keys" Console true;
    Redraw "redraw" "redraw" "Draw the screen anew" Console true;
    Suspend "suspend" "suspend" "Stop until the shell brings it back" Console true;
    QuitOrBack "quit_or_back" "back/quit" "Back; at the top, quit" Console false;
    Quit "quit" "quit" "Quit" Console true;
}

impl Action {
    /// Its row of [`ACTIONS`].
    #[must_use]
    pub fn spec(self) -> &'static ActionSpec {
        &ACTIONS[self as usize]
    }

    /// Its row of [`ACTIONS`] as it reads where these keys are in force: some keys do the nearest thing to
    /// what they do on the screen.
    #[must_use]
    pub fn spec_in(self, context: Context) -> ActionSpec {
        let (short, title) = match (context, self) {
            (Context::Text, Self::CopyId) => ("copy all", "Copy the whole text"),
            (Context::Text | Context::List, Self::Grant) => {
                ("make it a yes", "Grant, or activate, the role that would make a no a yes")
            }
            (Context::Text, Self::Open) => ("plan", "What can be done about it, as a plan"),
            (Context::Text, Self::Left) => ("left", "The beginning of lines that are wider than the screen"),
            (Context::Text, Self::Right) => ("right", "The end of lines that are wider than the screen"),
            (Context::Text, Self::Save) => ("save", "Save the text to a file"),
            (Context::Text, Self::Filter) => ("search", "Search the text"),
            (Context::Review, Self::Open) => ("run", "Run the plan; that is asked first"),
            (Context::Review, Self::NextPane) => {
                ("as text", "The plan as az lines, Markdown, JSON; a set-up as YAML, ARM, Bicep")
            }
            (Context::Review, Self::PreviousPane) => ("before", "The form of the plan before"),
            (Context::Review, Self::Right) => ("details", "The step in full: requests, checks, the way back"),
            (Context::Review, Self::Consequence) => {
                ("notes", "What is to be known of the whole plan before it runs, all of it")
            }
            (Context::Review, Self::CopyMenu) => ("copy as", "Copy menu: the plan in any of its forms"),
            (Context::Review, Self::CopyId) => ("copy", "Copy the plan in the form on screen"),
            (Context::Review, Self::Save) => ("save", "Save the plan in the form on screen"),
            (Context::Run, Self::Open) => {
                ("what next", "What can be done: go on, do not wait, stop, undo, leave it")
            }
            (Context::Run, Self::Right) => {
                ("details", "The step in full: its requests, checks, the way back")
            }
            (Context::Run, Self::Cancel) => {
                ("stop", "Send nothing more; amid a request that is asked, with cancelling in Azure")
            }
            (Context::Run, Self::CopyMenu) => ("copy", "Copy what became of it as Markdown"),
            (Context::Run, Self::Save) => ("save", "Save what became of it as Markdown"),
            (Context::Form, Self::Open) => ("next", "Next field; at the end of a step, the next step"),
            (Context::Form, Self::Save) => ("save", "Save what is filled in as a plan file"),
            (Context::Form, Self::Back) => ("leave", "Clear what was typed to search; leave the form"),
            (Context::List, Self::Cancel) => {
                ("call off", "Call off what is being read, or stop the run, under the cursor")
            }
            (Context::List, Self::Open) => ("open", "Open the row; of a menu, take it"),
            (Context::List, Self::CopyMenu) => ("copy", "Copy the list as text, CSV, JSON, Markdown"),
            (Context::List, Self::Ask) => ("ask another", "Another question about access"),
            (Context::List, Self::Save) => ("save", "Save the list to a file"),
            (Context::List, Self::Findings) => {
                ("all or one", "Findings: of the selection, or of all workspaces")
            }
            (Context::List, Self::Timeline) => ("1 h 24 h 7 d", "What changed: in 24 hours, 7 days, 1 hour"),
            _ => return *self.spec(),
        };
        ActionSpec { short, title, ..*self.spec() }
    }

    /// The action of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|spec| spec.name == name).map(|spec| spec.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_are_the_names_that_the_settings_file_reads() {
        let (mut seen, mut shorts) = (HashSet::new(), HashSet::new());
        for spec in ACTIONS {
            assert!(seen.insert(spec.name), "{} twice", spec.name);
            assert_eq!(Action::by_name(spec.name), Some(spec.action));
            assert_eq!(spec.action.spec().name, spec.name);
            assert_eq!(spec.action.spec().action, spec.action);
            assert!(shorts.insert(spec.short), "two actions are called {} in the footer", spec.short);
            assert!(spec.short.len() <= 13, "{} is too long for the footer", spec.short);
        }
    }
}
