package channeltest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"

	"google.golang.org/grpc"
)

const labelName = "channeltest"

// label names everything that runs on behalf of this harness.
func (h *Harness) label() string { return fmt.Sprintf("%p", h) }

// labels mark every goroutine that a call starts, so that those which stay can be told from those of other tests.
func (h *Harness) labels() []grpc.ServerOption {
	labels := pprof.Labels(labelName, h.label())
	unary := func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (answer any, err error) {
		pprof.Do(ctx, labels, func(ctx context.Context) { answer, err = next(ctx, request) })
		return answer, err
	}
	stream := func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
		pprof.Do(stream.Context(), labels, func(context.Context) { err = next(server, stream) })
		return err
	}
	return []grpc.ServerOption{grpc.ChainUnaryInterceptor(unary), grpc.ChainStreamInterceptor(stream)}
}

// goroutines are the stacks of what calls have left running, without the connection to the hub, which is shared.
func (h *Harness) goroutines() []string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return []string{err.Error()}
	}
	var left []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, labelName) && strings.Contains(stack, h.label()) && !startedByGRPC(stack) {
			left = append(left, stack)
		}
	}
	return left
}

// startedByGRPC looks at the outermost function of a stack.
func startedByGRPC(stack string) bool {
	frames := strings.Split(strings.TrimSpace(stack), "\n")
	return strings.Contains(frames[len(frames)-1], "google.golang.org/grpc")
}
