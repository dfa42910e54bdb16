// Command email-adapter carries e-mail for the hub, which starts it.
package main

import (
	"time"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/internal/reader"
	"sportello.dev/plugins-sdk/channel"
)

func main() {
	reader.Become(mime.Read)
	channel.Serve(email.New(time.Now))
}
