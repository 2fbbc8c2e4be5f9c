// Package httpd holds what every door shares: the server, middleware, limits, and faults rendered as problem details.
package httpd
