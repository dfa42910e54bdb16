// Package channel is what the author of a channel adapter implements.
//
// An adapter is a program that the hub starts. It knows one kind of channel (e-mail, SMS, fax...) and carries any number
// of channels, which are configured instances of that kind. Its main is one call:
//
//	func main() { channel.Serve(fax.New()) }
//
// The value handed to Serve is an Adapter: it describes the kind, and opens channels. A Channel implements the small
// interfaces that it needs, and no more: Ingester, Sender, Lookuper, Interpreter, HTTPHandler. The package speaks the
// protocol, checks configurations against the schema, keeps to the limits, turns panics into errors, removes secrets from
// what people read, and ends the process when the hub is gone. Package channeltest holds an adapter against the rules
// below; package channeltest/echo is an adapter to read.
//
// # The rules
//
// Accepted means committed. An Ingester hands each event to Sink.Deliver and gets a Receipt. Receipt.Wait returns nil when
// the hub has committed the event to its database; not before. Whatever cannot be undone upstream happens only then:
// removing a message, moving it, confirming it to the provider, deleting a received fax. If the process dies before, the
// item comes again and the hub recognises it by its event id. So:
//
//	receipt, err := sink.Deliver(ctx, event, cursor)
//	if err != nil {
//		return err // the hub starts Ingest again from the committed cursor
//	}
//	if err := receipt.Wait(); err != nil {
//		return err // not committed: leave the item where it is
//	}
//	return mailbox.Delete(item)
//
// Waiting for each receipt in turn is safe and slow: the hub commits many events at once, so it expects an adapter to fill
// the window. Pending does the bookkeeping: Add after Deliver, Settle when Ready, Drain at the end; the example of Ingester
// shows it whole.
//
// The context of Ingest ends when no more is wanted. Events under way may still be acknowledged after that: Wait needs no
// context, because the hub acknowledges every event or ends the stream. What must be done then needs a context that lives
// on: context.WithoutCancel(ctx).
//
// The cursor is the position after an event, committed together with it, at most 64 KiB, and only the adapter reads it.
// Ingest starts from the committed one. A cursor never runs ahead: what it covers has been delivered. An item at or before
// the cursor that is still upstream was committed, and the last process died before it could remove it: remove it now.
//
// Events have ids that are the same whenever the item comes again, and different for different items: what the provider
// gave (folder, UIDVALIDITY and UID; the provider's message id), never what a sender chose, never a hash of the content
// alone where two equal items can be two messages.
//
// Originals come first. Host.Raw keeps the bytes as they came, before anybody looks into them; then Guard runs the parser.
// What cannot be read is an Unparsed event with its original, which a person sees. Nothing is logged and dropped. An item
// that kills the process is found by Crumbs.
//
// Send is one attempt. The hub decides about retries, because only it knows what has been tried, what the operator said
// and what can be proved. Send answers for each recipient; a *Failure says what can be done:
//
//   - Transient: certainly not sent, try later. RateLimited: the same, after a wait that the provider named.
//   - RecipientRefused, OptedOut: this recipient, finally. ContentRefused: this message, finally.
//   - Misconfigured: nothing will go until an administrator acts; the hub suspends the channel.
//   - UnknownOutcome: it may have gone. Any other error counts as this one, and so does a missing result.
//
// The border lies where the provider could have taken responsibility: a refused connection is Transient, silence after
// the last byte of the message is UnknownOutcome. The hub never sends again after an unknown outcome without proof:
// Profile.Reconcile says where proof comes from.
//
// Webhooks and pages go through the hub. The adapter opens no public port. It declares Routes, the hub proxies what
// matches, with the body untouched, and HTTP makes an ordinary http.Handler of them. Events handed over with Emit are
// committed before the caller sees the answer; when that fails the caller gets 503 and calls again. A page that must show
// the ticket number calls Host.Submit. Signatures are checked before anything else, in constant time.
//
// Capabilities come twice. The Description says what the kind can ever do; the Profile says what this channel, so
// configured, can do, and the hub uses only that. A channel that allows one connection for the whole installation claims
// CapabilityExclusive, and connects, fetches and sends only if Opening.LeaseHolder is true; when that changes the channel
// is opened anew.
//
// Configuration is a struct. Schema makes the JSON Schema from which the hub renders a form in Italian and English, and
// Decode fills the struct. Secrets are marked secret:"true": they are stored encrypted, arrive in Opening.Secrets only,
// and are put into the struct by Decode. They never go to a log, an error, an event, state or a file; the package removes
// them from logs, failures, health and exchanges as a second line, in the spellings it knows.
//
// State other than the cursor (OAuth tokens, parts of a long text message) is kept by the hub: Host.GetState and PutState,
// compare-and-set on a version because two replicas may run; UpdateState does the loop. There are no files.
//
// Health is reported when it changes: Connecting, Healthy, Degraded, Misconfigured, Down. A channel that reports nothing
// is healthy while it is open.
//
// Close releases everything that Open took. Background work belongs to the channel and ends with it; the context of Open
// ends with Open.
//
// # How the seven channels use it
//
// E-mail: Ingest holds one IMAP connection a mailbox; the cursor is UIDVALIDITY and last UID for each; event ids are folder,
// UIDVALIDITY and UID; the flag or move comes after the receipt. A message is InboundMessage with Message-ID as
// IssuerSender, tokens from plus addresses, Authentication from the topmost Authentication-Results of the configured
// server, Signatures of S/MIME checked over the very bytes that were signed. A bounce is an InboundMessage with Class ClassBounceHard and Reports. Send is one SMTP transaction for all recipients,
// with Thread.MessageID as it is given and a result for each RCPT; after the final dot without an answer it is UnknownOutcome.
// Lookup searches the Sent folder for the Message-ID: ReconcileLookup.
//
// PEC: as e-mail, with IsolateChannels. The receipts (accettazione, avvenuta consegna, and the refusals) are DeliveryReport
// events with Evidence and Verified, matched by the Message-ID that they quote: ReconcileReceipts. daticert.xml and the
// inner message are read, the envelope is the original. Verified PEC sets Authentication.
//
// SMS by SMPP: exclusive, one bind. Ingest answers deliver_sm with success only after the receipt, so the SMSC keeps what is
// not committed; the cursor is empty. Parts of a long text wait in state until the last one is committed. Delivery
// receipts are DeliveryReport events with the message id as IssuerProvider. STOP is a message: the hub heeds it. Units are segments.
//
// SMS by webhook: no Ingester. The provider calls a Route; the handler checks the signature over the raw body, emits
// message, report or signal, and answers 2xx, which the provider sees only after COMMIT. Send uses HTTPClient with the
// transmission id as idempotency key: ReconcileKey and CapabilityIdempotentSend where the provider honours it.
//
// Fax: CapabilityListens or a fax server polled. A received fax is the TIFF as original and one attachment, Units its pages; it
// is removed from the receive queue after the receipt. Send answers Accepted with DeliveryAccepted and the job as
// IssuerProvider; the transmission report comes as DeliveryReport with Evidence: ReconcileReceipts.
//
// Web form: Routes only, all of them pages. The handler validates, puts attachments with Host.PutBlob, and calls
// Host.Submit with Form beside the text and the form's one-time id as event id; the page shows number and secret, or the
// receipt code. A page that follows another may be answered by another replica: what was typed travels in the pages, and so
// do the blobs' names with their claims, sealed with a key in the state. LookupTicket serves the tracking page, whose path
// the Profile tells, SubmitOn what the citizen adds there, ServeBlob the files, AskPreference and
// ConfirmPreference where the answers go; SearchSheets and GetSheet the suggestions.
// SEND is not claimed: the citizen reads the answer on the tracking page or on another channel.
//
// Telephony: exclusive, listening to the switch. Each step of a call is a CallEvent, at least once and in any order; the
// event id is call id and step. A recording or voice message is a blob put before its event, deleted on the switch after
// the receipt. A missed call from a known number opens a ticket like any message; that is the hub's decision.
package channel
