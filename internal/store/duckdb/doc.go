// Package duckdb keeps telemetry next to the server, in one file. What Append has acknowledged survives kill -9.
package duckdb
