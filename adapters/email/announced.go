package email

import (
	"context"
	"strconv"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const (
	// announcedKey is the state entry with the largest message, in bytes, that the outgoing server said it takes.
	announcedKey = "smtp.size"
	// announcedWait bounds the question when a channel is opened: a server that is away must not keep it from opening.
	announcedWait = 5 * time.Second
)

// announced is the largest message that the outgoing server takes, asked now or, where it does not answer, as it said
// last; 0 where it never said.
func announced(ctx context.Context, config Config, d dialer, host *channel.Host) int64 {
	if config.SMTP == nil {
		return 0
	}
	known, err := host.GetState(ctx, announcedKey)
	if err != nil {
		known = channel.Entry{} // the limit of the configuration holds
	}
	last, _ := strconv.ParseInt(string(known.Value), 10, 64)
	size, said := ask(ctx, config, d)
	if !said {
		return last
	}
	if size != last && err == nil {
		// Should it fail, the next opening asks again.
		_, _ = host.PutState(ctx, announcedKey, strconv.AppendInt(nil, size, 10), known.Version)
	}
	return size
}

// ask greets the server and leaves; a server that names no limit says 0.
func ask(ctx context.Context, config Config, d dialer) (size int64, said bool) {
	ctx, cancel := context.WithTimeout(ctx, announcedWait)
	defer cancel()
	client, conn, err := connectSMTP(ctx, d, config.SMTP.endpoint(), domainOf(config.Address))
	if err != nil {
		return 0, false
	}
	defer func() { _ = client.Close() }()
	defer guard(ctx, announcedWait, conn)()
	limit, _ := client.MaxMessageSize()
	_ = client.Quit() // it has said what was asked
	return int64(limit), true
}

// largest is the largest message that leaves: what the configuration allows and the server takes.
func (m *Mailbox) largest() int64 {
	size := int64(m.config.SMTP.MaxMegabytes) * megabyte
	if m.announced > 0 {
		size = min(size, m.announced)
	}
	return size
}
