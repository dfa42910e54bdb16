// Command email-adapter carries e-mail for the hub, which starts it.
package main

import (
	"runtime/debug"
	"time"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/internal/reader"
	"sportello.dev/plugins-sdk/channel"
)

// garbagePercent lets more garbage gather than Go does by itself: mail makes much of it around little that stays, and
// collecting it took a fifth of the time. It costs some twenty megabytes while mail comes in.
const garbagePercent = 300

func main() {
	debug.SetGCPercent(garbagePercent)
	reader.Become(mime.Read)
	channel.Serve(email.New(time.Now))
}
