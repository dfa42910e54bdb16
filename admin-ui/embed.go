// Package adminui carries the built operator interface and serves it.
//
// The interface is built by `npm run build` into dist, which is not committed; a binary compiled without it still
// works and says so on its pages.
package adminui

import (
	"embed"
	"io/fs"
)

// The placeholder .keep is always there, so that the package compiles before the interface has been built.
//
//go:embed all:dist
var dist embed.FS

// FS returns the built files with index.html at the root.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("adminui: dist is embedded under another name: " + err.Error())
	}
	return sub
}

// Built tells whether the interface was built into this binary.
func Built() bool {
	_, err := fs.Stat(FS(), indexName)
	return err == nil
}
