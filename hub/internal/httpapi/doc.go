// Package httpapi is the hub's face to browsers and scripts. The internal
// listener serves operators: the API of openapi.yaml, its documentation, the
// inbox and the metrics. The public listener serves citizens and providers and
// hands everything to the adapters. The two share no cookies and no origin.
//
// Every request to the API passes, in this order: description, security
// headers, body limit, same-site check, authentication, policy, validation
// against openapi.yaml, idempotency. Handlers implement the generated strict
// interface and never see the framework.
package httpapi
