package config

import (
	"fmt"
	"net/url"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

const masked = "(hidden)"

// Redacted is the configuration without its secrets. A secret that came from a
// file is shown as that file.
func (c Config) Redacted() Config {
	switch {
	case c.Database.URLFile != "":
		c.Database.URL = ""
	case c.Database.URL != "":
		c.Database.URL = redactURL(c.Database.URL)
	}
	switch {
	case c.Blob.S3.SecretKeyFile != "":
		c.Blob.S3.SecretKey = ""
	case c.Blob.S3.SecretKey != "":
		c.Blob.S3.SecretKey = masked
	}
	return c
}

// redactURL hides the password wherever libpq accepts one.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return masked
	}
	if _, set := u.User.Password(); set {
		u.User = url.UserPassword(u.User.Username(), "hidden")
	}
	q := u.Query()
	for _, name := range []string{"password", "sslpassword"} {
		if q.Has(name) {
			q.Set(name, "hidden")
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// TOML writes the configuration, redacted, in the form of its file.
func (c Config) TOML() ([]byte, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(c.Redacted(), "koanf"), nil); err != nil {
		return nil, fmt.Errorf("listing the configuration: %w", err)
	}
	text, err := k.Marshal(toml.Parser())
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return text, nil
}
