package smpp

import "fmt"

// Status is the answer to a request; 0 is yes.
type Status uint32

// The statuses that are told apart here.
const (
	OK                 Status = 0x00
	InvalidLength      Status = 0x01
	InvalidCommandLen  Status = 0x02
	InvalidCommand     Status = 0x03
	InvalidBindStatus  Status = 0x04
	AlreadyBound       Status = 0x05
	SystemError        Status = 0x08
	InvalidSource      Status = 0x0A
	InvalidDest        Status = 0x0B
	BindFailed         Status = 0x0D
	InvalidPassword    Status = 0x0E
	InvalidSystemID    Status = 0x0F
	QueueFull          Status = 0x14
	InvalidDestTON     Status = 0x50
	InvalidDestNPI     Status = 0x51
	InvalidSourceTON   Status = 0x48
	InvalidSourceNPI   Status = 0x49
	SubmitFailed       Status = 0x45
	InvalidSystemType  Status = 0x53
	Throttled          Status = 0x58
	TemporaryError     Status = 0x64
	PermanentError     Status = 0x65
	RejectedByReceiver Status = 0x66
	QueryFailed        Status = 0x67
	DeliveryFailure    Status = 0xFE
	UnknownError       Status = 0xFF
	InvalidServiceType Status = 0x15
	InvalidESMClass    Status = 0x43
	InvalidDataCoding  Status = 0x104
	InvalidTLV         Status = 0xC0
)

// names are the specification's own, which is what a provider's support desk asks for.
var names = map[Status]string{
	OK: "ESME_ROK", InvalidLength: "ESME_RINVMSGLEN", InvalidCommandLen: "ESME_RINVCMDLEN",
	InvalidCommand: "ESME_RINVCMDID", InvalidBindStatus: "ESME_RINVBNDSTS", AlreadyBound: "ESME_RALYBND",
	SystemError: "ESME_RSYSERR", InvalidSource: "ESME_RINVSRCADR", InvalidDest: "ESME_RINVDSTADR",
	BindFailed: "ESME_RBINDFAIL", InvalidPassword: "ESME_RINVPASWD", InvalidSystemID: "ESME_RINVSYSID",
	QueueFull: "ESME_RMSGQFUL", InvalidDestTON: "ESME_RINVDSTTON", InvalidDestNPI: "ESME_RINVDSTNPI",
	InvalidSourceTON: "ESME_RINVSRCTON", InvalidSourceNPI: "ESME_RINVSRCNPI", SubmitFailed: "ESME_RSUBMITFAIL",
	InvalidSystemType: "ESME_RINVSYSTYP", Throttled: "ESME_RTHROTTLED", TemporaryError: "ESME_RX_T_APPN",
	PermanentError: "ESME_RX_P_APPN", RejectedByReceiver: "ESME_RX_R_APPN", QueryFailed: "ESME_RQUERYFAIL",
	DeliveryFailure: "ESME_RDELIVERYFAILURE", UnknownError: "ESME_RUNKNOWNERR", InvalidServiceType: "ESME_RINVSERTYP",
	InvalidESMClass: "ESME_RINVESMCLASS", InvalidDataCoding: "ESME_RINVDCS", InvalidTLV: "ESME_RINVOPTPARSTREAM",
}

func (s Status) String() string {
	if name, known := names[s]; known {
		return fmt.Sprintf("0x%08X %s", uint32(s), name)
	}
	return fmt.Sprintf("0x%08X", uint32(s))
}

// StatusError is a request that was refused.
type StatusError struct {
	Command Command
	Status  Status
}

func (e StatusError) Error() string { return "refused with " + e.Status.String() }
