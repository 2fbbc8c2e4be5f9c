// Command server is SiteProof's back end: accounts, inspection and test plans,
// non-conformance reports and the site diary, kept in one SQLite file.
//
// It promises that a change sent twice with the same Idempotency-Key happens
// once, that a workflow cannot be walked past a hold point or a missing field,
// and that everything it refuses is answered with a problem document (RFC 9457).
//
// SiteProof is a customer of Belay: it knows it only by address and client key.
package main
