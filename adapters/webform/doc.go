// Package webform is the citizen's web: pages with forms, answered through the hub's public listener.
//
// The pages are made by the server and work without JavaScript. No replica remembers a citizen between two pages: what
// was typed travels in the pages themselves, and the files, which are kept by the hub as soon as they arrive, are named
// in a field that the channel seals. The same field carries the id under which the form will be submitted, made when the
// form is first shown, so that sending twice gives the same receipt.
//
// A Form is a JSON Schema with hints, as an administrator writes it; Richiesta assistenza and Segnalazione disservizio
// are there without anybody writing anything.
package webform
