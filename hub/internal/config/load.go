package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

const (
	envPrefix = "SPORTELLO_"
	// FileVariable names the configuration file in the environment.
	FileVariable = envPrefix + "CONFIG"
	// maxSecretFile bounds a secret's file, in bytes.
	maxSecretFile = 64 << 10
)

// Sources are where a configuration comes from, apart from the defaults.
type Sources struct {
	// File is a TOML file; "" means none, unless FileVariable names one.
	File string
	// Environ is the environment as os.Environ gives it.
	Environ []string
	// Overrides are values from flags, by key ("database.url").
	Overrides map[string]any
}

// Load reads the sources in order, each over the one before, and returns a
// complete, valid configuration or everything that is wrong with it.
func Load(src Sources) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(defaults(), "koanf"), nil); err != nil {
		return Config{}, fmt.Errorf("reading the defaults: %w", err)
	}
	known := k.Keys()
	if err := loadSources(k, src, known); err != nil {
		return Config{}, err
	}
	var cfg Config
	if err := k.Unmarshal("", &cfg); err != nil {
		return Config{}, fmt.Errorf("the configuration has a value of the wrong type: %w", err)
	}
	if err := cfg.readSecrets(); err != nil {
		return Config{}, err
	}
	if err := cfg.derive(variables(src.Environ)); err != nil {
		return Config{}, err
	}
	return cfg, cfg.validate()
}

func loadSources(k *koanf.Koanf, src Sources, known []string) error {
	path := src.File
	if path == "" {
		path = variables(src.Environ)[FileVariable]
	}
	if path != "" {
		if err := loadFile(k, path, known); err != nil {
			return err
		}
	}
	if err := loadEnviron(k, src.Environ, known); err != nil {
		return err
	}
	for key := range src.Overrides {
		if !slices.Contains(known, key) {
			return unknown("the flags", key, known)
		}
	}
	if err := k.Load(confmap.Provider(src.Overrides, "."), nil); err != nil {
		return fmt.Errorf("reading the flags: %w", err)
	}
	return nil
}

func loadFile(k *koanf.Koanf, path string, known []string) error {
	read := koanf.New(".")
	if err := read.Load(file.Provider(path), toml.Parser()); err != nil {
		return fmt.Errorf("reading the configuration file %s: %w", path, err)
	}
	for _, key := range read.Keys() {
		if !slices.Contains(known, key) {
			return unknown(path, key, known)
		}
	}
	return k.Merge(read)
}

func loadEnviron(k *koanf.Koanf, environ, known []string) error {
	keys := map[string]string{FileVariable: ""}
	for _, key := range known {
		keys[variable(key)] = key
	}
	var errs []error
	provider := env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			key, ok := keys[name]
			if !ok {
				errs = append(errs, fmt.Errorf("the environment has %s, which is no setting%s", name, suggestion(name, slices.Sorted(maps.Keys(keys)))))
			}
			if key == "" {
				return "", nil
			}
			if isList(key) {
				return key, splitList(value)
			}
			return key, value
		},
	})
	if err := k.Load(provider, nil); err != nil {
		return fmt.Errorf("reading the environment: %w", err)
	}
	return errors.Join(errs...)
}

// variable is the environment variable of a key.
func variable(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func variables(environ []string) map[string]string {
	all := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			all[name] = value
		}
	}
	return all
}

// isList reports that a key's field is a list.
func isList(key string) bool {
	t := reflect.TypeFor[Config]()
	for part := range strings.SplitSeq(key, ".") {
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("koanf") == part {
				t = t.Field(i).Type
				break
			}
		}
	}
	return t.Kind() == reflect.Slice
}

func splitList(value string) []string {
	var list []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func unknown(where, key string, known []string) error {
	return fmt.Errorf("%s has the unknown key %q%s", where, key, suggestion(key, known))
}

// suggestion names the known word that shares the longest beginning or end with
// the given one.
func suggestion(word string, known []string) string {
	best, length := "", 3
	for _, k := range known {
		n := shared(word, k) + shared(reversed(word), reversed(k))
		if n > length {
			best, length = k, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; is %q meant?", best)
}

func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// readSecrets fills in the values that are given as files.
func (c *Config) readSecrets() error {
	for _, s := range []struct {
		key, path string
		value     *string
	}{
		{"database.url", c.Database.URLFile, &c.Database.URL},
		{"blob.s3.secret_key", c.Blob.S3.SecretKeyFile, &c.Blob.S3.SecretKey},
	} {
		if s.path == "" {
			continue
		}
		if *s.value != "" {
			return fmt.Errorf("%s and %s_file are both set: remove one", s.key, s.key)
		}
		secret, err := readSecret(s.path)
		if err != nil {
			return fmt.Errorf("%s_file: %w", s.key, err)
		}
		*s.value = secret
	}
	return nil
}

func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxSecretFile))
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(raw))
	if secret == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}

// derive fills in the defaults that follow from other values.
func (c *Config) derive(vars map[string]string) error {
	if c.DataDir == "" {
		c.DataDir = defaultDataDir(vars)
	}
	if c.DataDir == "" {
		return errors.New("data_dir: no home directory is known; set it to the directory for the hub's files")
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	c.DataDir = dir
	orDefault(&c.KeyFile, filepath.Join(dir, "keys.json"))
	orDefault(&c.Blob.Dir, filepath.Join(dir, "blobs"))
	orDefault(&c.Public.URL, "http://"+c.Public.Addr)
	orDefault(&c.Internal.URL, "http://"+c.Internal.Addr)
	return nil
}

func orDefault(value *string, def string) {
	if *value == "" {
		*value = def
	}
}

func defaultDataDir(vars map[string]string) string {
	switch {
	case os.Geteuid() == 0:
		return "/var/lib/sportello"
	case vars["XDG_DATA_HOME"] != "":
		return filepath.Join(vars["XDG_DATA_HOME"], "sportello")
	case vars["HOME"] != "":
		return filepath.Join(vars["HOME"], ".local", "share", "sportello")
	}
	return ""
}
