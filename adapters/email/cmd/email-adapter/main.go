// Command email-adapter carries e-mail for the hub, which starts it.
package main

import (
	"time"

	"sportello.dev/adapters/email"
	"sportello.dev/plugins-sdk/channel"
)

func main() {
	channel.Serve(email.New(time.Now))
}
