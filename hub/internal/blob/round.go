package blob

import "sync"

// rounds lets callers that come at the same moment share one piece of work: a flush of the disk, a commit. Whoever comes
// while a round is under way waits and is part of the next. There is nothing to start or to end.
type rounds[T any] struct {
	// run does the work of a round; each item gets its own error.
	run func(items []T) []error

	mu      sync.Mutex
	waiting []*turn[T]
	// busy is held while a round runs.
	busy sync.Mutex
}

// turn is one caller's part in a round; err is there when done.
type turn[T any] struct {
	item T
	done bool
	err  error
}

// join returns when the item has been part of a round.
func (r *rounds[T]) join(item T) error {
	own := &turn[T]{item: item}
	r.mu.Lock()
	r.waiting = append(r.waiting, own)
	r.mu.Unlock()
	r.busy.Lock()
	defer r.busy.Unlock()
	if own.done {
		return own.err
	}
	r.mu.Lock()
	all := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	items := make([]T, len(all))
	for i, t := range all {
		items[i] = t.item
	}
	for i, err := range r.run(items) {
		all[i].done, all[i].err = true, err
	}
	return own.err
}
