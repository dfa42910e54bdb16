package channel

// Pending holds what an Ingester has delivered and not yet finished upstream, in order, so that it can fill the window and
// still destroy nothing that is not committed. It belongs to the goroutine of Ingest, as a connection to a provider does.
// The zero value is ready.
type Pending[T any] struct {
	queue []pendingItem[T]
}

type pendingItem[T any] struct {
	receipt *Receipt
	item    T
}

// Add remembers a delivered item.
func (p *Pending[T]) Add(receipt *Receipt, item T) {
	p.queue = append(p.queue, pendingItem[T]{receipt: receipt, item: item})
}

// Len is the number of items that wait.
func (p *Pending[T]) Len() int { return len(p.queue) }

// Ready is closed when Settle has something to do. It is nil, and so never ready in a select, while nothing waits.
func (p *Pending[T]) Ready() <-chan struct{} {
	if len(p.queue) == 0 {
		return nil
	}
	return p.queue[0].receipt.Done()
}

// Settle finishes the items that are committed by now, oldest first, and does not wait for others. It returns
// ErrNotCommitted when the stream is lost, and the first error of finish.
func (p *Pending[T]) Settle(finish func(T) error) error {
	for len(p.queue) > 0 {
		select {
		case <-p.queue[0].receipt.Done():
		default:
			return nil
		}
		if err := p.settleFirst(finish); err != nil {
			return err
		}
	}
	return nil
}

// Drain waits for everything that is under way and finishes it; an Ingester ends with it when its context is done.
func (p *Pending[T]) Drain(finish func(T) error) error {
	for len(p.queue) > 0 {
		if err := p.settleFirst(finish); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pending[T]) settleFirst(finish func(T) error) error {
	first := p.queue[0]
	p.queue = p.queue[1:]
	if err := first.receipt.Wait(); err != nil {
		return err
	}
	return finish(first.item)
}
