#include "tests/simulator/products.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

constexpr ServicePlan plans[] = {
    {"EXCHANGE_S_STANDARD", "Exchange Online (Plan 1)"},
    {"EXCHANGE_S_ENTERPRISE", "Exchange Online (Plan 2)"},
    {"SHAREPOINTSTANDARD", "SharePoint (Plan 1)"},
    {"SHAREPOINTENTERPRISE", "SharePoint (Plan 2)"},
    {"TEAMS1", "Microsoft Teams"},
    {"OFFICESUBSCRIPTION", "Microsoft 365 Apps for enterprise"},
    {"OFFICE_BUSINESS", "Microsoft 365 Apps for business"},
    {"YAMMER_ENTERPRISE", "Viva Engage Core", true},
    {"FLOW_O365_P2", "Power Automate for Office 365"},
    {"INTUNE_A", "Microsoft Intune Plan 1"},
    {"AAD_PREMIUM_P2", "Entra ID P2"},
    {"MFA_PREMIUM", "Multi-factor authentication"},
    {"ATP_ENTERPRISE", "Defender for Office 365 (Plan 1)"},
    {"BI_AZURE_P2", "Power BI Pro"},
    {"VISIO_CLIENT_SUBSCRIPTION", "Visio desktop application"},
    {"PROJECT_PROFESSIONAL", "Planification de projets, \u00e9dition compl\u00e8te"},
    {"MCOEV", "Teams Phone"},
    {"MCOMEETADV", "Audio Conferencing"},
    {"WIN10_PRO_ENT_SUB", "Windows Enterprise"},
    {"EXCHANGE_S_FOUNDATION", "Exchange Foundation", true},
    {"SHAREPOINTSTORAGE", "Extra file storage", true},
    {"CRMSTORAGE", "Dataverse capacity", true},
};

constexpr std::size_t plan_count = std::size(plans);

consteval std::size_t plan(std::string_view service_name) {
    for (std::size_t number = 0; number < plan_count; ++number)
        if (plans[number].service_name == service_name)
            return number;
    throw "no such plan";
}

constexpr std::size_t office_e1[] = {
    plan("EXCHANGE_S_STANDARD"),
    plan("SHAREPOINTSTANDARD"),
    plan("TEAMS1"),
    plan("YAMMER_ENTERPRISE"),
    plan("FLOW_O365_P2")};
constexpr std::size_t office_e3[] = {
    plan("EXCHANGE_S_ENTERPRISE"),
    plan("SHAREPOINTENTERPRISE"),
    plan("TEAMS1"),
    plan("OFFICESUBSCRIPTION"),
    plan("YAMMER_ENTERPRISE"),
    plan("FLOW_O365_P2")};
constexpr std::size_t business[] = {
    plan("EXCHANGE_S_STANDARD"),
    plan("SHAREPOINTSTANDARD"),
    plan("TEAMS1"),
    plan("OFFICE_BUSINESS")};
constexpr std::size_t business_premium[] = {
    plan("EXCHANGE_S_STANDARD"),
    plan("SHAREPOINTSTANDARD"),
    plan("TEAMS1"),
    plan("OFFICE_BUSINESS"),
    plan("INTUNE_A"),
    plan("ATP_ENTERPRISE")};
constexpr std::size_t everything[] = {
    plan("EXCHANGE_S_ENTERPRISE"),
    plan("SHAREPOINTENTERPRISE"),
    plan("TEAMS1"),
    plan("OFFICESUBSCRIPTION"),
    plan("INTUNE_A"),
    plan("AAD_PREMIUM_P2"),
    plan("MFA_PREMIUM"),
    plan("ATP_ENTERPRISE"),
    plan("BI_AZURE_P2"),
    plan("MCOEV"),
    plan("WIN10_PRO_ENT_SUB")};
constexpr std::size_t mail[] = {plan("EXCHANGE_S_STANDARD")};
constexpr std::size_t security[] = {plan("INTUNE_A"), plan("AAD_PREMIUM_P2"), plan("MFA_PREMIUM")};
constexpr std::size_t reports[] = {plan("BI_AZURE_P2"), plan("EXCHANGE_S_FOUNDATION")};
constexpr std::size_t drawings[] = {
    plan("VISIO_CLIENT_SUBSCRIPTION"), plan("EXCHANGE_S_FOUNDATION")};
constexpr std::size_t projects[] = {plan("PROJECT_PROFESSIONAL"), plan("SHAREPOINTENTERPRISE")};
constexpr std::size_t phone[] = {plan("MCOEV")};
constexpr std::size_t conferences[] = {plan("MCOMEETADV")};
constexpr std::size_t flows[] = {plan("FLOW_O365_P2"), plan("EXCHANGE_S_FOUNDATION")};
constexpr std::size_t windows[] = {plan("WIN10_PRO_ENT_SUB")};
constexpr std::size_t storage[] = {plan("SHAREPOINTSTORAGE"), plan("EXCHANGE_S_FOUNDATION")};
constexpr std::size_t capacity[] = {plan("CRMSTORAGE"), plan("EXCHANGE_S_FOUNDATION")};

constexpr Product list[] = {
    {"STANDARDPACK", "Office 365 E1", office_e1},
    {"ENTERPRISEPACK", "Office 365 E3", office_e3},
    {"O365_BUSINESS_PREMIUM", "Microsoft 365 Business Standard", business},
    {"SPB", "Microsoft 365 Business Premium", business_premium},
    {"SPE_E5", "Microsoft 365 E5", everything},
    {"EXCHANGESTANDARD", "Exchange Online (Plan 1)", mail},
    {"EMSPREMIUM", "Enterprise Mobility + Security E5", security},
    {"PBI_PREMIUM_PER_USER", "Power BI Premium Per User", reports},
    {"VISIOCLIENT", "Visio Plan 2", drawings},
    {"PROJECTPROFESSIONAL", "Planner and Project \"Plan 3\" ", projects},
    {"MCOEV", "Microsoft Teams Phone Standard", phone},
    {"MCOMEETADV", "Microsoft 365 Audio Conferencing", conferences},
    {"FLOW_FREE", "Microsoft Power Automate \u2013 version d'\u00e9valuation", flows},
    {"WIN10_VDA_E3", "Windows 10/11 Enterprise E3", windows},
    {"DYN365_TASK_USER", "Dynamics 365 Task", {}},
    {"SHAREPOINTSTORAGE", "Office 365 Extra File Storage", storage, true},
    {"CRMSTORAGE", "Dataverse Database Capacity", capacity, true},
    {"MCOPSTNC", "Communications Credits", {}, true},
    {"CFQ7TTC0K5DR/0001", "Minecraft Education Student", {}, false, true},
    {"CFQ7TTC0K5DR/0003", "Minecraft Education Teacher", mail, false, true},
    {"CFQ7TTC0K5DR/0004", "Minecraft Education Guest", {}, false, true, false},
    // Case matters where no id is there to go by.
    {"CFQ7TTC0K5DR/000a", "Minecraft Education Camp", {}, false, true, false},
};

static_assert(std::size(list) == product_count);

constexpr std::uint64_t id_family = 0x9a0d;

const std::array<std::string, plan_count>& plan_ids() {
    static const auto ids = [] {
        std::array<std::string, plan_count> made;
        for (std::size_t number = 0; number < plan_count; ++number)
            made[number] = guid_from(mix(id_family, 1, number));
        return made;
    }();
    return ids;
}

} // namespace

std::span<const Product> products() {
    return list;
}

const std::string& product_id(std::size_t product) {
    static const auto ids = [] {
        std::array<std::string, product_count> made;
        for (std::size_t number = 0; number < product_count; ++number)
            if (list[number].has_id)
                made[number] = guid_from(mix(id_family, number));
        return made;
    }();
    return ids[product];
}

std::string_view product_key(std::size_t product) {
    return list[product].has_id ? product_id(product) : list[product].part_number;
}

std::optional<std::size_t> find_product(std::string_view id_or_part_number) {
    const std::string id = lower_case(id_or_part_number);
    for (std::size_t number = 0; number < product_count; ++number)
        if (list[number].part_number == id_or_part_number || product_id(number) == id)
            return number;
    return {};
}

ProductSet products_for_users() {
    static const ProductSet set = [] {
        ProductSet made;
        for (std::size_t number = 0; number < product_count; ++number)
            made[number] = !list[number].of_tenant;
        return made;
    }();
    return set;
}

std::vector<std::size_t> numbers_in(const ProductSet& set) {
    std::vector<std::size_t> numbers;
    for (std::size_t number = 0; number < product_count; ++number)
        if (set[number])
            numbers.push_back(number);
    return numbers;
}

std::optional<std::size_t> find_plan(std::string_view id) {
    const auto found = std::find(plan_ids().begin(), plan_ids().end(), lower_case(id));
    if (found == plan_ids().end())
        return {};
    return static_cast<std::size_t>(found - plan_ids().begin());
}

std::string service_plan_json(std::size_t plan, std::string_view capability_status) {
    return fmt::format(
        R"({{"capabilityStatus":"{}","displayName":"{}","id":"{}","serviceName":"{}","targetType":"{}"}})",
        capability_status,
        plans[plan].display_name,
        plan_ids()[plan],
        plans[plan].service_name,
        plans[plan].of_tenant ? "Tenant" : "User"
    );
}

} // namespace pcmirror::simulator
