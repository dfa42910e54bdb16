package main

import (
	"fmt"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
)

// checkTokens tells of the scripts that will be refused soon, and of those that are; only a database that does not answer
// is bad news.
func (s *session) checkTokens(url string) error {
	pool, err := postgres.Open(s.ctx, postgres.Config{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	list, err := account.New(pool, nil, nil, time.Now).Tokens(s.ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if now := time.Now(); t.Soon(now) || t.Expired(now) {
			fmt.Fprintf(s.out, "  warning: token %s: %s; make another one (sportello user token) and give it to the script\n", t.Name, endOf(t, now))
		}
	}
	return nil
}
