// Command echo-adapter serves the echo adapter to a hub; tests of the hub start it.
package main

import (
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest/echo"
)

func main() {
	channel.Serve(echo.New())
}
