//! What Azure's answers mean for somebody who runs workspaces. Pure: no I/O, no clock of its own, no
//! terminal. Everything here is worked out from the models of [`crate::azure::resources`].

pub mod access;
pub mod alike;
pub mod changes;
pub mod dependents;
pub mod edit;
pub mod fact;
pub mod inventory;
pub mod isolation;
pub mod lookup;
pub mod opened;
pub mod personas;
pub mod places;
pub mod plan;
pub mod posture;
pub mod roles;
pub mod setup;
pub mod snapshot;
pub mod storage_access;
pub mod timeline;
pub mod times;
