// Package config is the hub's configuration: one struct, filled from defaults, a
// TOML file, SPORTELLO_ environment variables and flags, in this order. Unknown
// keys are refused. What an administrator changes while the hub runs (channels,
// offices, people) is not here but in the database.
package config

// Config is everything a hub process is told at its start. The comment of each
// field gives unit and default. A field's variable is its key in capitals:
// database.max_conns is SPORTELLO_DATABASE_MAX_CONNS; lists are separated by commas.
type Config struct {
	// DataDir is where the hub keeps files; default /var/lib/sportello for root,
	// else $XDG_DATA_HOME/sportello.
	DataDir string `koanf:"data_dir"`
	// KeyFile is the key file that all replicas share; default keys.json in DataDir.
	KeyFile string `koanf:"key_file"`
	// PGBin is the directory of the PostgreSQL programs to prefer for the private
	// server; default "": found by itself.
	PGBin string `koanf:"pg_bin"`

	Database Database `koanf:"database"`
	// Public answers citizens' pages and providers' webhooks.
	Public Listener `koanf:"public"`
	// Internal answers operators, the API and metrics.
	Internal Listener `koanf:"internal"`
	Adapters Adapters `koanf:"adapters"`
	Blob     Blob     `koanf:"blob"`
	Log      Log      `koanf:"log"`
	Limits   Limits   `koanf:"limits"`
	Scan     Scan     `koanf:"scan"`
}

// Scan says who looks for viruses in the files that come with messages.
type Scan struct {
	// Clamd is where ClamAV's daemon listens, /run/clamav/clamd.ctl or host:port; default "": nobody looks.
	Clamd string `koanf:"clamd"`
	// MaxBytes is the largest file sent to it, at most its StreamMaxLength; default 25 MiB.
	MaxBytes int64 `koanf:"max_bytes"`
}

// Database says which PostgreSQL the hub uses.
type Database struct {
	// URL is postgres://user:password@host:port/name; default "": a private server in DataDir.
	URL string `koanf:"url"`
	// URLFile is a file that holds the URL, instead of URL; default "".
	URLFile string `koanf:"url_file"`
	// MaxConns is the most connections of one process; default 20.
	MaxConns int32 `koanf:"max_conns"`
}

// Listener is one address the hub listens on.
type Listener struct {
	// Addr is host:port to listen on; default localhost:8080 (public), localhost:8081 (internal).
	Addr string `koanf:"addr"`
	// URL is what people type, scheme and host only; default http:// and Addr.
	URL string `koanf:"url"`
	// TrustedProxies are the addresses or networks whose X-Forwarded-For is believed; default none.
	TrustedProxies []string `koanf:"trusted_proxies"`
}

// Adapters says where the channel adapters are.
type Adapters struct {
	// Dir holds the adapter programs and adapters.json, the list of their checksums; default "": adapters beside
	// the hub's own program.
	Dir string `koanf:"dir"`
}

// Blob says where bytes are kept.
type Blob struct {
	// Kind is "fs" (a directory, which replicas must share) or "s3"; default fs.
	Kind string `koanf:"kind"`
	// Dir is the directory of kind fs; default blobs in DataDir.
	Dir string `koanf:"dir"`
	S3  S3     `koanf:"s3"`
}

// S3 is a bucket, for kind s3.
type S3 struct {
	// Endpoint is host[:port].
	Endpoint string `koanf:"endpoint"`
	// Bucket must exist.
	Bucket string `koanf:"bucket"`
	// Prefix is put before the names of all objects; default "".
	Prefix string `koanf:"prefix"`
	// Region is the bucket's region; default "": asked from the server.
	Region string `koanf:"region"`
	// AccessKey is the name of the credentials.
	AccessKey string `koanf:"access_key"`
	// SecretKey is their secret; better in SecretKeyFile.
	SecretKey string `koanf:"secret_key"`
	// SecretKeyFile is a file that holds the secret, instead of SecretKey; default "".
	SecretKeyFile string `koanf:"secret_key_file"`
	// Insecure uses HTTP without TLS; default false.
	Insecure bool `koanf:"insecure"`
}

// Log says what is logged and how.
type Log struct {
	// Level is debug, info, warn or error; default info.
	Level string `koanf:"level"`
	// Format is json or text; default json.
	Format string `koanf:"format"`
}

// Limits bound what comes in.
type Limits struct {
	// MessageBytes is the largest original of a message that a channel may bring; default 100 MiB.
	MessageBytes int64 `koanf:"message_bytes"`
	// UploadBytes is the largest file an operator may attach; default 25 MiB.
	UploadBytes int64 `koanf:"upload_bytes"`
	// RequestBytes is the largest body of an API request; default 1 MiB.
	RequestBytes int64 `koanf:"request_bytes"`
	// WebhookBytes is the largest body of a request to an adapter's page or webhook; default 32 MiB.
	WebhookBytes int64 `koanf:"webhook_bytes"`
}

const mebibyte = 1 << 20

// defaults are the values known before the others are; see derive for the rest.
func defaults() Config {
	return Config{
		Database: Database{MaxConns: 20},
		Public:   Listener{Addr: "localhost:8080", TrustedProxies: []string{}},
		Internal: Listener{Addr: "localhost:8081", TrustedProxies: []string{}},
		Blob:     Blob{Kind: "fs"},
		Log:      Log{Level: "info", Format: "json"},
		Limits: Limits{
			MessageBytes: 100 * mebibyte, UploadBytes: 25 * mebibyte,
			RequestBytes: mebibyte, WebhookBytes: 32 * mebibyte,
		},
		Scan: Scan{MaxBytes: 25 * mebibyte},
	}
}
