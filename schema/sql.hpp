#pragma once

#include "schema/resource.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::sql {

/// All SQL over mirrored tables is derived here, from descriptions. Identifiers come from the
/// catalogue only, which checks them at compile time; values are bound by the caller.
///
/// One apply stages the rows of one or more scopes of a resource in temporary tables (one set per
/// session, emptied on commit) and then runs the statements below in the order of this file:
/// `stage_scopes` says which scopes take part, `stage_TABLE` holds what the listing said,
/// `present_RESOURCE` the key (or the first part of it) of records that exist upstream but could
/// not be read, `absent_RESOURCE` the keys whose absence was confirmed, `covered_RESOURCE` (of what
/// is read row by row) the outer rows that were asked about, `lacking_RESOURCE` the keys of
/// mirrored rows that the listing did not have.

/// `partner_center.subscriptions`
std::string mirror_table(const Table& table);

/// Names of the staging tables.
std::string stage_table(const Table& table);
std::string present_table(const Resource& resource);
std::string absent_table(const Resource& resource);
std::string covered_table(const Resource& resource);
std::string lacking_table(const Resource& resource);

/// Columns that a staged row has, in the order of `Row`: the table's, then extra.
std::vector<std::string> stage_columns(const Table& table);

/// The names of the key columns of a table, in order.
std::vector<std::string> key_columns(const Table& table);

/// Creates the session's staging tables for a resource where they don't exist yet.
std::string create_staging(const Resource& resource);

/// Empties these tables, for another apply in the same transaction.
std::string clear_staging(const Resource& resource);

/// What is kept of scopes $1 (bigint[]) of customers $2 (uuid[]) with digests $3 (hex) and
/// fingerprints $4 (bigint[]): scope_id, whether the mirror has no row of it, the first part of its
/// hashes where nobody wrote to it since the digest was taken, and whether rows of it were touched
/// apart from their listing.
std::string read_kept(const Resource& resource);

/// Of customers $1 (uuid[]) of what is read row by row: customer_id, how many rows the mirror has
/// of those outer rows (customers $2, their own ids $3, as arrays) that were asked about, and
/// whether rows of the customer were touched apart from their reading.
std::string count_covered(const Resource& resource);

/// customer_id and how many of these rows (`stage_columns`, a text[] for each, from $1 on) are in
/// the mirror and say the same there; customers without any are left out.
std::string count_same(const Resource& resource);

/// scope_id and key (as text) of all mirrored rows of staged scopes $1 (bigint[]).
std::string list_keys(const Resource& resource);

/// Finds the rows that the listing lacks in scopes with `compare_all`.
std::string find_lacking(const Resource& resource);

/// Of rows staged twice under one key (an item moved between pages) keeps the later one.
std::string drop_duplicates(const Table& table);

/// The mirrored row whose key, in the order of its columns, is $1 (text[]), as JSON.
std::string read_row(const Table& table);

/// How many rows the mirror has of a scope (of `pcmirror.sync_scopes`, or staged): a subquery.
std::string count_mirrored(const Resource& resource, const std::string& scope);

/// Per scope: scope_id, rows in the mirror, rows that the listing lacks, and of those the ones
/// whose absence is confirmed. A row that was touched after the scope was asked for is not lacking.
std::string count_missing(const Resource& resource);

/// scope_id and key columns (as text) of the rows that the listing lacks and whose absence is not
/// confirmed yet.
std::string list_missing(const Resource& resource);

/// Each of these changes rows of one table and writes change_log; it returns scope_id and how many.
/// $1 is the run's id. With `is_outer` others are read by requests for the rows of this table, and
/// are told (in pcmirror.owed_reads) of new, changed and gone ones.
std::string update_rows(const Resource& resource, const Table& table, bool is_outer);
std::string insert_rows(const Resource& resource, const Table& table, bool is_outer);
/// Deletes what is missing in scopes with `may_delete`; for scopes with `must_confirm` only what
/// is in `absent_RESOURCE`. Run nested tables first.
std::string delete_rows(const Resource& resource, const Table& table, bool is_outer);

/// Of the staged rows, and of mirrored ones of outer rows that were asked about: key and row as it
/// is mirrored now, as JSON (NULL: it is not). What pcmirror.touched_rows is to say of them.
std::string rows_to_touch(const Resource& resource);

/// So long may reads lag behind a write (platform page, section 7); then a touch expires.
inline constexpr std::string_view longest_read_lag = "interval '15 minutes'";

/// Of what is read row by row. Takes the outer rows that were asked about out of those with held
/// deletes (in pcmirror.owed_reads), and notes there the ones whose missing rows are not deleted
/// (`may_delete` is not set). They return customer, the row's id, and how many rows were held; or,
/// as JSON, what is held now, by what counts it.
std::string forget_held(const Resource& resource);
std::string hold_missing(const Resource& resource);

/// Of outer rows that are gone forgets that they are owed, once nothing is mirrored of them; in
/// scopes of the outer resource with `may_delete`.
std::string forget_gone(const Resource& resource);

/// The end of an INSERT into pcmirror.owed_reads: a row is owed once, however often it is told.
/// Whoever reads it already has not heard of this, and settles the entry under its former number.
/// What is held stays held.
inline constexpr std::string_view owe_once =
    " on conflict (customer_id, resource, row_id, again) do update set owed_id = default, "
    "held = coalesce(excluded.held, owed_reads.held), owed_at = now()";

/// Locks the customers that `delete_rows` is about to delete and returns their ids.
std::string lock_leaving_customers(const Resource& customers);

/// Notes in pcmirror.touched_rows that these customers ($1 uuid[]), mirrored or not, are about to
/// be removed apart from their listing.
std::string touch_removed(const Resource& customers);

/// Deletes the rows of customers that leave ($2 uuid[]) from a child's table; $1 is the run's id,
/// $3 the job's.
std::string delete_children(const Table& table);

/// First-draft migration of a resource: CREATE TABLE and COMMENTs.
std::string draft_ddl(const Resource& resource);

/// The COMMENT statements alone; run after each migration, so that they follow the descriptions.
std::string comments(const Resource& resource);

} // namespace pcmirror::sql
