package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/scan"
	"sportello.dev/hub/internal/ticket"
)

// The codes of what a virus scanner stops.
const (
	codeInfected    = "infected"
	codeScannerAway = "scanner_away"
)

func infected(status int, detail string) error {
	return &problemError{status: status, code: codeInfected, detail: detail}
}

func blockInfected(f *ticket.Attachment) error {
	if f.ScanState == string(blob.Infected) {
		return infected(http.StatusForbidden, "The file is infected and stays locked away.")
	}
	return nil
}

// blockOriginal looks through an original before it is handed out: nothing else says whether it is clean.
func blockOriginal(ctx context.Context, gate *scan.Gate, size int64, open func() (io.ReadCloser, error)) error {
	found, err := gate.Infected(ctx, size, open)
	switch {
	case errors.Is(err, scan.ErrAway):
		const soon = 30
		return &problemError{status: http.StatusServiceUnavailable, code: codeScannerAway, retryAfter: soon, err: err,
			detail: "The original is looked through for viruses first, and the scanner does not answer; try again in a while."}
	case err != nil:
		return err
	case found:
		return infected(http.StatusForbidden, "The original is infected and stays locked away.")
	}
	return nil
}

// blockUpload refuses a file in which something is found. While the scanner is away files are taken: they are looked
// through as soon as it is back.
func blockUpload(ctx context.Context, gate *scan.Gate, blobs blob.Store, ref blob.Ref) error {
	found, err := gate.Infected(ctx, ref.Size, func() (io.ReadCloser, error) { return blobs.Get(ctx, ref.Sum, blob.Range{}) })
	if err != nil && !errors.Is(err, scan.ErrAway) {
		return err
	}
	if found {
		return infected(http.StatusUnprocessableEntity, "The file is infected: it was not kept and cannot be sent.")
	}
	return nil
}

// blockAttached refuses uploads in which something was found since they were made.
func blockAttached(ctx context.Context, tx pgx.Tx, files []ticket.NewAttachment) error {
	for i, f := range files {
		sum, err := blob.SumFromBytes(f.SHA256)
		if err != nil {
			return err
		}
		info, err := blob.Lookup(ctx, tx, sum)
		if err != nil {
			return err
		}
		if info.ScanState == blob.Infected {
			return fault.Invalid(fmt.Sprintf("attachments.%d", i), "infected", "the file is infected and cannot be sent: remove it")
		}
	}
	return nil
}
