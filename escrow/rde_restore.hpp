// From a deposit by RFC 9022 back into a store, proven (docs/decisions/0015, 0018).
#pragma once

#include "escrow/rde_objects.hpp"
#include "escrow/restore.hpp"

namespace regdata::escrow {

/// Reads a full deposit, of either model, into an empty store, and the differences to it that are given: of what several of
/// them hold the latest counts, and what is gone there is not taken (RFC 8909 §5.2). Each file is read three times: contacts,
/// names, addresses of hosts; in it they may stand in any order. ROIDs that a deposit of ours issues are not kept. Where it
/// returns an error, what stands in the store is good for nothing. When it returns without, the signature holds, the documents
/// are whole, their objects are as many as the full one's and the last one's headers say, and what our writer makes of the
/// store is what it makes of the objects that were taken. Memory does not grow with the objects of the full one.
///
/// Errors: as ContentFile::open(); invalid (not of this model; no full one, or two; a difference to one that is not given;
/// counts that differ: RDE_OBJECT_COUNT_MISMATCH); damaged (an object is there twice, the proof fails); unavailable (stopped,
/// or the store).
Expected<RestoreReport> restore_document(RegistrationStore& into, const Catalog& catalog,
                                         const std::vector<std::filesystem::path>& files, const OpeningKeys& keys,
                                         const RestoreHooks& hooks, const Clock& clock);

}  // namespace regdata::escrow
