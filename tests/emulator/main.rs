//! The emulator over the wire, the way a client meets it.

#![cfg(test)]

mod access;
mod activity;
mod answers;
mod assets;
mod deployments;
mod eligibility;
mod filters;
mod graph;
mod identities;
mod locks;
mod mishaps;
mod monitoring;
mod nested;
mod networks;
mod policies;
mod protocol;
mod recorded;
mod resource_graph;
mod resources;
mod scopes;
mod services;
mod shapes;
mod soft_delete;
mod spelling;
mod stage;
mod workspaces;
