// Package api is the console's and the automation's HTTP API. Its OpenAPI description is generated from the code.
package api
