// Package rogue is an adapter that does as it is told, most of all what an adapter must not do. It is made of the bare
// protocol, without the SDK that would prevent it, and runs inside a test binary: a test installs a link to itself
// under the name of an adapter, and its TestMain calls Main when it finds itself started by that name.
package rogue
