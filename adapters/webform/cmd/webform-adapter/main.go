// Command webform-adapter serves the citizen's forms for the hub, which starts it.
package main

import (
	"time"

	"sportello.dev/adapters/webform"
	"sportello.dev/plugins-sdk/channel"
)

func main() {
	channel.Serve(webform.New(time.Now))
}
