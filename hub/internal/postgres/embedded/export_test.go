package embedded

// SystemNewestFirst is for tests that need to know what the machine has.
func SystemNewestFirst() []string { return systemNewestFirst() }

// LinkLibraries is tested without a server.
var LinkLibraries = linkLibraries

// LevelOf is tested as a table.
var LevelOf = levelOf
