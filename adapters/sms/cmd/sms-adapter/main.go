// Command sms-adapter carries text messages for the hub, which starts it.
package main

import (
	"time"

	"sportello.dev/adapters/sms"
	"sportello.dev/plugins-sdk/channel"
)

func main() {
	channel.Serve(sms.New(time.Now))
}
