import Contract
import Core

// The names that written JSON has for Swift's cases. A case may be named anew; what programs read may not.

extension Status {
    var jsonName: String {
        switch self {
        case .auto: "none"
        case .ok: "ok"
        case .warning: "warning"
        case .critical: "critical"
        case .unknown: "unknown"
        }
    }
}

extension Outcome {
    var jsonName: String {
        switch self {
        case .ok: "ok"
        case .failed: "failed"
        case .unavailable: "unavailable"
        case .denied: "denied"
        case .timeout: "timeout"
        case .invalid: "invalid"
        case .limit: "limit"
        }
    }
}

extension HostAPI {
    var jsonName: String {
        switch self {
        case .drives: "drives"
        case .services: "services"
        case .backups: "backups"
        }
    }
}

extension HTTPFailure.Kind {
    var jsonName: String {
        switch self {
        case .name: "name"
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .noNetwork: "noNetwork"
        case .silent: "silent"
        case .slow: "slow"
        case .broken: "broken"
        case .tooLarge: "tooLarge"
        case .redirect: "redirect"
        case .status: "status"
        case .notHTTP: "notHTTP"
        case .encoding: "encoding"
        case .certificate: "certificate"
        case .local: "local"
        }
    }
}
