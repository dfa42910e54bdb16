// Package app puts the hub together: it opens what is outside (database, files, keys), builds the domain on it, and
// runs everything that runs by itself until it is told to stop. It is the only package that knows all others.
package app
