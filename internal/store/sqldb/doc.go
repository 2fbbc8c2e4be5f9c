// Package sqldb keeps the control plane in SQL: one set of statements that SQLite and PostgreSQL both accept.
//
// A capability's store is one file here: New<Things>(db) gives what the capability's Store interface asks for, and its
// methods run their statements on db.q(ctx), which is the transaction that Transact has put into ctx, or the database.
// Statements use $1 placeholders, ON CONFLICT and RETURNING; times are UTC microseconds in BIGINT (see micros and
// fromMicros), JSON is TEXT.
package sqldb
