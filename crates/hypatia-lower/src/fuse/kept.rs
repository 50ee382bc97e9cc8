//! Which values are written to memory: those that something outside their phase reads.
//!
//! Invariants: roots and operands of products and routines are kept.
//!
//! Not here: which values could have buffers at all (`fuse/storage.rs`).

use super::group::{Group, Member, Step};
use super::reads::base_buffer;
use super::storage::Storage;
use hypatia_ir::graph::{Graph, NodeId};

/// For each node, whether its buffer is written.
pub fn kept(graph: &Graph, storage: &Storage, steps: &[Step]) -> Vec<bool> {
    let mut kept = vec![false; graph.nodes().len()];
    for root in &graph.roots {
        kept[root.node.index()] = true;
    }
    for step in steps {
        match step {
            Step::Group(group) => {
                for member in &group.members {
                    for (id, _) in &member.reads {
                        kept[id.index()] |= !at_hand(group, member, *id);
                    }
                    // What comes in several parts is there for others only.
                    kept[member.work.node.index()] |= member.work.is_partial();
                }
            }
            Step::Product(id) | Step::Routine(id) => {
                kept[id.index()] = true;
                for &operand in &graph.node(*id).operands {
                    kept[base_buffer(graph, storage, operand).index()] = true;
                }
            }
        }
    }
    kept
}

/// Whether the reader finds the value in its own phase or as a value of its row.
fn at_hand(group: &Group, reader: &Member, id: NodeId) -> bool {
    let Some(source) = group.member_of(id) else { return false };
    let is_row_value = !source.work.combine.is_map() || source.level % 2 == 1;
    is_row_value || source.level == reader.level
}
