package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"sportello.dev/hub/internal/fault"
)

// S3Config names a bucket that exists already.
type S3Config struct {
	// Endpoint is host[:port], without scheme.
	Endpoint string
	// Bucket must exist; the hub never makes one.
	Bucket string
	// Prefix is put before every object's name, such as "sportello/"; may be "".
	Prefix string
	// Region is the bucket's region; "" lets the library ask.
	Region string
	// AccessKey and SecretKey are the credentials.
	AccessKey, SecretKey string
	// Insecure uses plain HTTP: for a server on the same machine only.
	Insecure bool
	// TempDir holds uploads while they are hashed; "" is the system's.
	TempDir string
}

// S3 is a Store in a bucket.
type S3 struct {
	client  *minio.Client
	bucket  string
	prefix  string
	tempDir string
}

// OpenS3 checks that the bucket can be reached.
func OpenS3(ctx context.Context, cfg S3Config) (*S3, error) {
	client, err := minio.New(cfg.Endpoint, &minio.Options{
		Creds:        credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""),
		Secure:       !cfg.Insecure,
		Region:       cfg.Region,
		BucketLookup: minio.BucketLookupAuto,
		MaxRetries:   3,
	})
	if err != nil {
		return nil, fmt.Errorf("configuring the blob store: %w", err)
	}
	ok, err := client.BucketExists(ctx, cfg.Bucket)
	if err != nil {
		return nil, fault.Unavailable("reaching the blob store: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("the blob store has no bucket %q: create it", cfg.Bucket)
	}
	return &S3{client: client, bucket: cfg.Bucket, prefix: cfg.Prefix, tempDir: cfg.TempDir}, nil
}

func (s *S3) key(sum Sum) string { return s.prefix + "sha256/" + sum.String() }

// Put implements Store. The name of an object is known only after its last
// byte, so it passes through a local file.
func (s *S3) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	st, err := stage(ctx, s.tempDir, r, limit)
	if err != nil {
		return Ref{}, err
	}
	defer os.Remove(st.path)
	f, err := os.Open(st.path)
	if err != nil {
		return Ref{}, fault.Unavailable("opening a staged blob: %w", err)
	}
	defer f.Close()
	// No look for an equal object first: writing it anew costs one upload and
	// renews its time, which keeps Walk from taking it for an old orphan.
	_, err = s.client.PutObject(ctx, s.bucket, s.key(st.ref.Sum), f, st.ref.Size,
		minio.PutObjectOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return Ref{}, fault.Unavailable("storing a blob: %w", err)
	}
	return st.ref, nil
}

// Get implements Store.
func (s *S3) Get(ctx context.Context, sum Sum, part Range) (io.ReadCloser, error) {
	opts := minio.GetObjectOptions{}
	if part != (Range{}) {
		size, err := s.Stat(ctx, sum)
		if err != nil {
			return nil, err
		}
		offset, length, err := part.cut(size)
		if err != nil {
			return nil, err
		}
		if length == 0 {
			return io.NopCloser(bytes.NewReader(nil)), nil
		}
		if err := opts.SetRange(offset, offset+length-1); err != nil {
			return nil, fmt.Errorf("asking for a part of blob %s: %w", sum, err)
		}
	}
	core := minio.Core{Client: s.client}
	body, _, _, err := core.GetObject(ctx, s.bucket, s.key(sum), opts)
	if err != nil {
		return nil, objectFault(err, sum)
	}
	if part == (Range{}) {
		return newChecked(body, sum), nil
	}
	return body, nil
}

// Stat implements Store.
func (s *S3) Stat(ctx context.Context, sum Sum) (int64, error) {
	info, err := s.client.StatObject(ctx, s.bucket, s.key(sum), minio.StatObjectOptions{})
	if err != nil {
		return 0, objectFault(err, sum)
	}
	return info.Size, nil
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, sum Sum) error {
	err := s.client.RemoveObject(ctx, s.bucket, s.key(sum), minio.RemoveObjectOptions{})
	if err != nil && !isMissing(err) {
		return objectFault(err, sum)
	}
	return nil
}

// Walk implements Store.
func (s *S3) Walk(ctx context.Context, fn func(Ref, time.Time) error) error {
	ctx, cancel := context.WithCancel(ctx) // ends the listing when fn fails
	defer cancel()
	prefix := s.prefix + "sha256/"
	for info := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if info.Err != nil {
			return fault.Unavailable("listing the blob store: %w", info.Err)
		}
		sum, err := ParseSum(strings.TrimPrefix(info.Key, prefix))
		if err != nil {
			continue // not ours; never touched
		}
		if err := fn(Ref{Sum: sum, Size: info.Size}, info.LastModified); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Identity implements Store.
func (s *S3) Identity(ctx context.Context) (string, error) {
	core := minio.Core{Client: s.client}
	body, _, _, err := core.GetObject(ctx, s.bucket, s.prefix+identityName, minio.GetObjectOptions{})
	if isMissing(err) {
		return "", fault.NotFound("%s has no %s", s, identityName)
	}
	if err != nil {
		return "", fault.Unavailable("reading the blob store's id: %w", err)
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, 100))
	if err != nil {
		return "", fault.Unavailable("reading the blob store's id: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// Identify implements Store.
func (s *S3) Identify(ctx context.Context, id string) error {
	_, err := s.client.PutObject(ctx, s.bucket, s.prefix+identityName, strings.NewReader(id+"\n"), int64(len(id)+1),
		minio.PutObjectOptions{ContentType: "text/plain"})
	if err != nil {
		return fault.Unavailable("writing the blob store's id: %w", err)
	}
	return nil
}

// String names the store in messages to the administrator.
func (s *S3) String() string { return "bucket " + s.bucket + "/" + s.prefix }

func objectFault(err error, sum Sum) error {
	if isMissing(err) {
		return fault.NotFound("blob %s: %w", sum, err)
	}
	return fault.Unavailable("blob %s: %w", sum, err)
}

func isMissing(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey
}
