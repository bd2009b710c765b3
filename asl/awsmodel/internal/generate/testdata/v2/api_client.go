package toystore

const ServiceID = "Toy Store"
