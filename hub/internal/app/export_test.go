package app

import "sportello.dev/hub/internal/pluginhost"

// Citizens is what the pages of adapters may ask of a domain.
func Citizens(d *Domain) interface {
	pluginhost.Submitter
	pluginhost.Tickets
	pluginhost.Preferences
} {
	return citizens{d}
}
