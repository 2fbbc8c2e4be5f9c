// Package siteproof holds SiteProof's web front end, built into its program.
package siteproof

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the built front end, and false when this binary was built without one.
func Files() (fs.FS, bool) {
	files, _ := fs.Sub(dist, "dist")
	_, err := fs.Stat(files, "index.html")
	return files, err == nil
}
