package pluginhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	maxSchema = 1 << 20
	maxRoutes = 100
	maxNames  = 20
	// describeWait bounds a call that does no I/O.
	describeWait = 10 * time.Second
)

// Adapter is what a kind of adapter says of itself.
type Adapter = channel.Adapter

// about is what a running process said of itself, made usable.
type about struct {
	Adapter

	schema *jsonschema.Schema
	// tree is the schema as plain values, from which defaults are read.
	tree   any
	routes *http.ServeMux
}

func describe(ctx context.Context, api channelpb.ChannelAdapterClient, entry Entry) (*about, error) {
	ctx, cancel := context.WithTimeout(ctx, describeWait)
	defer cancel()
	d, err := api.Describe(ctx, &channelpb.DescribeRequest{})
	if err != nil {
		return nil, fmt.Errorf("asking adapter %s what it is: %w", entry.Name, err)
	}
	if d.GetAdapter() != entry.Name {
		return nil, fmt.Errorf("the program of adapter %s says that it is %q", entry.Name, translation.Text(d.GetAdapter(), 40))
	}
	a := &about{Adapter: Adapter{
		Name: entry.Name, Version: translation.Text(d.GetVersion(), 40), Schema: d.GetConfigSchema(),
		Capabilities: translation.Capabilities(d.GetCapabilities()), DisplayName: map[string]string{},
		Isolated: d.GetIsolateChannels(),
	}}
	for _, kind := range d.GetAddressKinds()[:min(len(d.GetAddressKinds()), maxNames)] {
		a.AddressKinds = append(a.AddressKinds, translation.Text(kind, 40))
	}
	for tag, name := range d.GetDisplayName() {
		if len(a.DisplayName) < maxNames {
			a.DisplayName[translation.Text(tag, 40)] = translation.Text(name, 100)
		}
	}
	if err := a.compile(d.GetConfigSchema()); err != nil {
		return nil, fmt.Errorf("the schema of adapter %s: %w", entry.Name, err)
	}
	a.routes, err = newRoutes(d.GetHttpRoutes())
	if err != nil {
		return nil, fmt.Errorf("the routes of adapter %s: %w", entry.Name, err)
	}
	return a, nil
}

func (a *about) compile(schema []byte) error {
	if len(schema) > maxSchema {
		return fmt.Errorf("%d bytes, at most %d", len(schema), maxSchema)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	// A schema that refers elsewhere must not make the hub read files or addresses.
	compiler.UseLoader(noLoader{})
	const name = "config.json"
	if err := compiler.AddResource(name, tree); err != nil {
		return err
	}
	a.tree = tree
	a.schema, err = compiler.Compile(name)
	return err
}

type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(string) (any, error) {
	return nil, errors.New("a schema refers to nothing outside itself")
}

// check compares a configuration, with its secrets in place, with the schema.
func (a *about) check(config []byte, secrets map[string]string) []Diagnostic {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return []Diagnostic{{Severity: SeverityError, Code: "config.json", Summary: err.Error()}}
	}
	for pointer, secret := range secrets {
		value = place(value, splitPointer(pointer), secret)
	}
	var invalid *jsonschema.ValidationError
	if err := a.schema.Validate(value); err == nil {
		return nil
	} else if !errors.As(err, &invalid) {
		return []Diagnostic{{Severity: SeverityError, Code: "config.schema", Summary: err.Error()}}
	}
	return violations(invalid)
}

// complete fills in the schema's defaults.
func (a *about) complete(config []byte) ([]byte, error) {
	value, err := a.filled(config)
	if err != nil {
		return nil, err
	}
	filled, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return filled, nil
}

func (a *about) filled(config []byte) (any, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return fillDefaults(a.tree, a.tree, value, 0), nil
}
